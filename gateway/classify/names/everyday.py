"""Everyday words that stand on lists of names too: alone, they speak for nobody.

Chosen by hand among the words of program messages in German, English, French, Spanish, Italian, Dutch and Portuguese
that the lists call names; words that are in use as names there (`Klein`, `Luz`, `Massimo`) are left out.
"""

from __future__ import annotations

import re
from typing import Final

ORDINARY: Final = frozenset(
    (
        "ab aba abschnitt add alla alle alte alto ampere andere anders art aus average azul barra barre bis bitte "
        "borde borra buffer cabo cadena cadenas canais canal canales canali case casillas cassa ceci cela chapter "
        "chaves clair clear code comment contra core criado côté da dada dalla dalle dar darin das data date davor "
        "deb def del della delle dello dem den der des dev dias die dock done du durante each edit einer el else er "
        "es esta este feld felder ferne font fuente fügen gera grob gute halt hasta hay helle hoek hook hora horas "
        "höhe ii iii iv ix izquierdo job joule juli juni kader kapitel keer key kind klammer knappe kopf koppel "
        "kosten lage lese lesen less lida lien lier ligne lijn line linea link linke linken linker list liste log "
        "lokale loop los maar man manca manda margen master median mee meer mehr menü min minus mitte modi monitor "
        "mount máxima na nada nano nella nelle nello nog nota nova oder ohm op ora oude pages paquet parada parent "
        "parte peer per phase platte plus port post prima punto pur racine raid rand real rein reine root ruta sans "
        "sauber scheibe schon segundo senden server set sie skip slave sola source stack stellen sur sí tab tage "
        "tasse tecla tel text tot true tú um unique uno unter usada vari velden versie vi vide vii viii volt volume "
        "vor wat watt wel werd wert ze zona zone zug órdenes"
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
