"""Everyday words that stand on lists of names too: alone, they speak for nobody.

Chosen by hand among the words of program messages in German, English, French, Spanish, Italian, Dutch and Portuguese
that the lists call names; words that are in use as names there (`Klein`, `Luz`, `Massimo`) are left out.
"""

from __future__ import annotations

import re
from typing import Final

ORDINARY: Final = frozenset(
    (
        "ab aba abschnitt add albero alla alle alleen alte alto ampere andere anders arch arco art auch aus aver "
        "average azul bande bandera barra barre bien bis bitte borde borra boven branch breit brennen buffer bulle "
        "cabezas cabo cadena cadenas canais canal canales canali capa car carro cartes case cases casillas cassa ceci "
        "cela champ chapter char charla chaves che cierra cinta clair clear code colas comas comment con contra core "
        "criado cuadrado cámara côté da dada dag dalla dalle dann dar dare darin das dass data date davon davor deb "
        "def del dell della delle dello dem den der des dev dias die dita dock done dove du durante dutch each echo "
        "edit edita einer el elige else emit ene english er era es esa essa essi esta este fall feld felder ferne "
        "fondo font forza french fuente fügen garde gera german ging grob groß guardado gut gute guys halt hanno "
        "hasta hay helle hellen het hoek hoog hook hora horas hoy höhe ii iii irish iv ix izquierdo jaren jeton job "
        "joule juli juni kader kapitel keer key kind klammer knappe komen kopf koppel korte kosten lage langer lassen "
        "lato leider lemon lese lesen less lida lien lier ligne lijn line linea link linke linken linker list liste "
        "log lokale loop los maar maj mal malo man manca manda mano margen marqués marron marrone master mayor median "
        "mee meer mehr meno menü meta metodi min minus mitte modi moet monitor mount máxima na nada nano nee negrita "
        "nel nella nelle nello neu nog noot nota nova nula nur oder ohm op ora oscuro oude pages paquet parada pareja "
        "parent parte partida peer pelle per pero phase pintar platte pluma plus pont port post prima punto pur "
        "racine raden raid rand real rein reine retta rogner root ruta sable salvo sans sauber scaduto scheibe schon "
        "segni segundo segura senden server set sich sie skip slave sola solange sonata source sprong stack stellen "
        "stets sur sí taal tab tage talen tali tasse tecla tel ter text tot trace true tuile tú uit um una unique uno "
        "unter usada vari vegan velden versie vi vide vii viii voisin volt volta volume vor wat watt weiß wel welsh "
        "werd wert ze zona zone zug órdenes"
    ).split()
)
"""In small letters."""

_CALLED: Final = re.compile(
    r"(?i)\b(?:Mr|Mrs|Ms|Miss|Sir|Dr|Prof|Herrn?|Frau|Familie|Mme|Mlle|Monsieur|Madame|Sra?|Señora?|Sig|Signora?|Dhr|Mevr|Mevrouw"
    r"|Dear|Hi|Hello|Hallo|Liebe[rs]?|Cher|Chère|Caro|Cara|Beste|name|named|naam|nom|nombre|nome|called|patient(?:in)?)"
    r"(?:\.|:|,| is| ist| est| es| è)?[ \t]*\Z"
)
_BEFORE: Final = 24


def is_called(text: str, place: int) -> bool:
    """Returns whether what stands before a place says that somebody's name follows: a title, a greeting, a label."""
    return _CALLED.search(text, max(0, place - _BEFORE), place) is not None
