"""Words that stand beside names in running text: what people are to each other, what they are, what they do. Data only.

Each list multiplies the templates, so that a model learns to read what stands between a name and the words it knows.
"""

# ruff: noqa: E501  (lists of words)

from __future__ import annotations

from typing import Final


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.replace("\n", "|").split("|") if each.strip())


ROLES: Final = _listed(
    """goalkeeper|striker|captain|coach|referee|chef|baker|butcher|barber|plumber|electrician|carpenter|roofer|gardener|farmer
    fisherman|miner|welder|mechanic|driver|pilot|sailor|soldier|sergeant|officer|detective|inspector|constable|sheriff
    judge|magistrate|prosecutor|lawyer|solicitor|barrister|attorney|notary|clerk|witness|defendant|plaintiff|claimant
    petitioner|appellant|juror|trustee|executor|landlord|tenant|neighbour|neighbor|caretaker|janitor|babysitter|nanny|nurse
    midwife|surgeon|dentist|pharmacist|therapist|psychologist|paramedic|patient|client|customer|guest|visitor|passenger
    pianist|violinist|singer|composer|conductor|painter|sculptor|poet|novelist|author|editor|journalist|reporter
    photographer|director|actor|actress|producer|dancer|designer|architect|engineer|developer|analyst|accountant|auditor
    banker|broker|trader|investor|founder|chairman|chairwoman|president|vice president|secretary|treasurer|mayor|senator
    councillor|minister|ambassador|governor|professor|lecturer|teacher|principal|headmaster|student|pupil|librarian
    scientist|biologist|chemist|physicist|historian|philosopher|priest|pastor|bishop|rabbi|imam|nun|monk|volunteer
    activist|colleague|co-worker|manager|supervisor|foreman|intern|trainee|receptionist|cashier|waiter|waitress|bartender
    courier|postman|seamstress|tailor|shoemaker|widow|widower|survivor|victim|suspect|subscriber|cardholder|policyholder
    account holder|beneficiary|applicant|candidate|employee|contractor|member|sponsor|host|contact|agent|realtor"""
)
RELATIONS: Final = _listed(
    """brother|sister|mother|father|mum|mom|dad|son|daughter|wife|husband|spouse|partner|fiancé|fiancée|boyfriend|girlfriend|ex
    ex-wife|ex-husband|uncle|aunt|auntie|cousin|nephew|niece|grandmother|grandfather|grandma|grandpa|granny|nana|grandson
    granddaughter|stepson|stepdaughter|stepfather|stepmother|son-in-law|daughter-in-law|mother-in-law|father-in-law
    brother-in-law|sister-in-law|godmother|godfather|godson|twin|friend|best friend|old friend|pen friend|classmate|roommate
    flatmate|housemate|neighbour|neighbor|landlady|landlord|boss|manager|colleague|assistant|teacher|tutor|doctor|dentist
    GP|lawyer|accountant|mentor|client|gf|bf|buddy|mate|babysitter|coach|plumber|hairdresser|caregiver|carer|interpreter"""
)
DID: Final = _listed(
    """said|says|told me|told us|asked|asked for it|answered|replied|wrote|called|rang|texted|emailed|phoned|visited|arrived
    left|came|went home|moved|moved away|died|passed away|retired|resigned|quit|joined|started|applied|signed|signed it|paid
    owes us|bought it|sold it|sent it|sent me the file|forgot|remembered|promised|refused|agreed|disagreed|objected|denies it
    confirmed|complained|apologised|explained|insisted|suggested|thinks so|believes it|knows|wants it|needs help|likes it
    hates it|loves it|lives here|works here|works nights|is here|is away|is out today|is on leave|is late|is sick|is pregnant
    is picking me up|is driving|is coming|is calling|is waiting|is asking|was there|was born|was arrested|was admitted
    was discharged|was seen|was promoted|was dismissed|was found|was last seen|has left|has arrived|has paid|has not paid
    has signed|has agreed|had never met him|had it|could not come|can't come|won't sign|will call|will be there|will join us
    would like to know|keeps the books|runs the shop|opened a bar|scored twice|won|lost|studied there|taught us|grew up there
    testified|pleaded guilty|appealed|filed a claim|reported it|transferred the money|put down the book|smiled|nodded|laughed
    looked up|sighed|shrugged|stood up|sat down|turned away|married|divorced|emigrated|enrolled|graduated|celebrates today
    hosted us|drove us|cooked|sang|played|never answered|got let go|booked it|cancelled|reports pain|denies chest pain
    tolerated it well|is afebrile|lives alone|smokes|takes aspirin|approved it|has NOT approved this|says hi|sends love"""
)
ABOUT: Final = _listed(
    """about the contract|about the dog|for the keys|for details|for a refund|before noon|after lunch|at the desk|at reception
    at work|at home|by phone|by mail|by the river|in the morning|in the kitchen|in person|in hospital|in tears|on Monday
    on the phone|on site|on my behalf|over coffee|last week|last night|last year|yesterday|today|tomorrow|next week|this summer
    again|too|already|as well|as agreed|as usual|from work|from school|from the office|from next door|two weeks ago|years ago
    instead|in the end|to be safe|with thanks|without asking|if needed|when you can|right away|asap|please|ok"""
)

DE_ROLES: Final = _listed(
    """Geschäftsführer|Geschäftsführerin|Vorsitzende|Vorsitzender|Bürgermeister|Torwart|Trainerin|Lehrer|Lehrerin|Ärztin|Arzt
    Hausarzt|Zahnärztin|Apotheker|Pfleger|Krankenschwester|Hebamme|Richter|Richterin|Staatsanwalt|Rechtsanwältin|Anwalt|Notarin
    Zeuge|Zeugin|Kläger|Klägerin|Beklagte|Angeklagte|Mieter|Mieterin|Vermieter|Vermieterin|Hausmeister|Nachbar|Nachbarin|Kollege
    Kollegin|Chef|Chefin|Mitarbeiter|Mitarbeiterin|Patient|Patientin|Kunde|Kundin|Versicherungsnehmer|Antragstellerin|Bewerber
    Bewerberin|Schüler|Studentin|Professor|Professorin|Pfarrer|Pastorin|Bäcker|Tischler|Elektriker|Malerin|Sängerin|Schriftsteller
    Autor|Journalistin|Fotograf|Regisseur|Schauspielerin|Ingenieur|Architektin|Buchhalterin|Sachbearbeiter|Referentin|Leiterin
    Direktor|Präsident|Ministerin|Abgeordnete|Landrat|Polizist|Kommissarin|Feuerwehrmann|Spediteur|Fahrer|Halterin|Bürge|Erbin"""
)
DE_RELATIONS: Final = _listed(
    """Mutter|Vater|Mama|Papa|Schwester|Bruder|Tochter|Sohn|Frau|Mann|Ehefrau|Ehemann|Oma|Opa|Großmutter|Großvater|Tante|Onkel
    Cousine|Cousin|Nichte|Neffe|Enkelin|Enkel|Schwägerin|Schwager|Schwiegermutter|Schwiegersohn|Freundin|Freund|Partner|Partnerin
    Verlobte|Kollegin|Kollege|Chefin|Chef|Nachbarin|Nachbar|Vermieterin|Mitbewohner|Mitbewohnerin|Lehrerin|Trainer|Anwältin"""
)
DE_DID: Final = _listed(
    """hat angerufen|hat unterschrieben|hat gekündigt|hat gestern geschrieben|hat frei|hat Geburtstag|hat mir geholfen|ist krank
    ist verreist|ist umgezogen|ist verstorben|ist in Rente|ist heute nicht da|kommt morgen|kommt später|kommt nicht|wohnt hier
    wohnt nebenan|arbeitet im Lager|arbeitet hier|sagt ab|sagte nichts|sagte aus|fragt nach dir|fragte nach|schrieb mir|rief an
    lachte|nickte|schwieg|übernimmt das|übernimmt ab Montag|leitet die Gruppe|bittet um Rückruf|verkauft sein Auto|zieht um
    zieht mit ein|klagt über Schwindel|wurde entlassen|wurde aufgenommen|wurde gesehen|gab an|bestreitet das|bezahlt die Miete
    begrüßt die Gäste|dankt allen|freut sich|heiratet|feiert|wartet|meint das auch|weiß Bescheid|holt die Kinder ab"""
)
FR_WHO: Final = _listed(
    """le patient|la patiente|le gardien|la gardienne|le témoin|le locataire|la locataire|le propriétaire|la présidente|le président
    le directeur|la directrice|le maire|le notaire|le docteur|la docteure|le professeur|l'infirmière|l'avocate|l'avocat|l'élève
    mon mari|ma femme|mon frère|ma sœur|mon fils|ma fille|ma mère|mon père|ma grand-mère|mon grand-père|ma tante|mon oncle
    mon cousin|ma cousine|mon ami|mon amie|ma collègue|mon collègue|mon voisin|ma voisine|notre client|notre cliente|le salarié
    la salariée|le chauffeur|le boulanger|la chanteuse|le peintre|l'écrivain|la juge|le demandeur|la défenderesse|l'assurée"""
)
FR_DID: Final = _listed(
    """a appelé|a téléphoné|a signé|a oublié son sac|a répondu|a écrit|a déménagé|a payé|a refusé|a accepté|a été hospitalisé
    a été licenciée|a démissionné|est arrivé|est partie|est absent|est malade|est né|est décédée|habite ici|habite en face|vit seul
    travaille ici|travaille de nuit|arrive demain|viendra|viendra demain|passera|rappellera|remercie tout le monde|confirme
    demande un remboursement|attend|se marie|souffre de migraines|dit bonjour|nous rejoindra|ne viendra pas|t'embrasse"""
)
ES_WHO: Final = _listed(
    """el paciente|la paciente|el testigo|la testigo|el inquilino|la inquilina|el dueño|la directora|el director|el alcalde
    el notario|la doctora|el doctor|el profesor|la profesora|la enfermera|el abogado|la abogada|la alumna|el alumno|mi marido
    mi mujer|mi esposa|mi esposo|mi hermano|mi hermana|mi hijo|mi hija|mi madre|mi padre|mi abuela|mi abuelo|la abuela|mi tía
    mi tío|mi primo|mi prima|mi amigo|mi amiga|mi compañera|mi vecino|mi vecina|el cliente|la clienta|el trabajador|la demandante
    el demandado|el conductor|la cantante|el pintor|el portero|la jefa|el jefe|el señor|la señora|don|doña"""
)
ES_DID: Final = _listed(
    """ha llamado|llamó ayer|ha firmado|firmó|olvidó la llave|respondió|escribió|se mudó|pagó|no pagó|aceptó|ingresó ayer|renunció
    llega mañana|llegó|se fue|está enfermo|está de baja|no está|nació aquí|murió|vive aquí|vive sola|trabaja aquí|vendrá|cumplió años
    se casa|se casan|espera|pregunta por ti|confirma la cita|pide un reembolso|estudia medicina|dice que sí|gracias por todo"""
)
IT_WHO: Final = _listed(
    """il paziente|la paziente|il testimone|l'inquilino|il proprietario|la direttrice|il direttore|il sindaco|il notaio|la dottoressa
    il dottore|il professore|la professoressa|l'infermiera|l'avvocato|lo studente|mio marito|mia moglie|mio fratello|mia sorella
    mio figlio|mia figlia|mia madre|mio padre|mia nonna|mio nonno|mia zia|mio zio|mio cugino|mia cugina|il mio amico|la mia amica
    il collega|la collega|il vicino|la vicina|il cliente|la cliente|il signor|la signora|il ricorrente|il medico curante"""
)
IT_DID: Final = _listed(
    """ha chiamato|ha telefonato|ha firmato|ha risposto|ha scritto|ha pagato|ha rifiutato|ha accettato|è arrivato|è partita|è assente
    è malato|è nato|è nata|è morto|abita qui|abita da sola|vive qui|lavora qui|arriva domani|verrà|passa domani|ringrazia tutti
    conferma|aspetta|si sposa|compie gli anni|riferisce cefalea|chiede un rimborso|dice di sì|saluta tutti|non viene"""
)
NL_WHO: Final = _listed(
    """de patiënt|patiënte|de getuige|de huurder|de verhuurder|de directeur|de burgemeester|de notaris|de dokter|de leraar|de juf
    de verpleegster|de advocaat|de leerling|mijn man|mijn vrouw|mijn broer|mijn zus|mijn zoon|mijn dochter|mijn moeder|mijn vader
    mijn oma|mijn opa|oma|opa|tante|oom|mijn neef|mijn nicht|mijn vriend|mijn vriendin|mijn collega|mijn buurman|mijn buurvrouw
    de klant|eiser|eiseres|verdachte|de heer|mevrouw|mevr.|dhr.|dr.|prof."""
)
NL_DID: Final = _listed(
    """heeft gebeld|heeft getekend|heeft geantwoord|heeft betaald|heeft geschreven|is verhuisd|is ziek|is overleden|is er niet
    is geboren|komt morgen|komt later|komt niet|woont hier|woont alleen|werkt hier|belt terug|wacht|trouwt|viert feest|zegt ja
    bedankt iedereen|vraagt om teruggave|klaagt over hoofdpijn|en de kinderen|en ik zijn zaterdag thuis|is jarig|stuurt groeten"""
)
STAGE: Final = (
    "Aunt|Uncle|Auntie|Grandma|Grandpa|Granny|Nana|Cousin|Father|Sister|Brother|Pastor|Rabbi|Reverend|Rev.|Captain|Capt.|Lt.|Sgt.|"
    "Sergeant|Colonel|Col.|Major|General|Officer|Detective|Inspector|Nurse|Coach|Chef|Judge|Justice|Senator|President|"
    "Chancellor|Mayor|Councillor|Sir|Dame|Lord|Lady|Madam|Mx|Mx.|Hon.|Miss|Mister|Mr|Mr.|Mrs|Mrs.|Ms|Ms.|Dr|Dr.|Prof|Prof.|Professor|Atty."
).split("|")
"""Titles, which are no part of the name."""
SLOTS: Final = {
    "role": ROLES,
    "relation": RELATIONS,
    "did": DID,
    "about": ABOUT,
    "derole": DE_ROLES,
    "derelation": DE_RELATIONS,
    "dedid": DE_DID,
    "frwho": FR_WHO,
    "frdid": FR_DID,
    "eswho": ES_WHO,
    "esdid": ES_DID,
    "itwho": IT_WHO,
    "itdid": IT_DID,
    "nlwho": NL_WHO,
    "nldid": NL_DID,
}
"""The slots of templates that are filled with these."""
