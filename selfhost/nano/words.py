"""Words the generated conversations are made of. All people, companies and numbers are invented."""

from __future__ import annotations

CAPITALS = {
    "Peru": "Lima", "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid", "Portugal": "Lisbon",
    "Austria": "Vienna", "Poland": "Warsaw", "Greece": "Athens", "Norway": "Oslo", "Sweden": "Stockholm",
    "Finland": "Helsinki", "Denmark": "Copenhagen", "Ireland": "Dublin", "Iceland": "Reykjavik", "Japan": "Tokyo",
    "China": "Beijing", "India": "New Delhi", "Canada": "Ottawa", "Mexico": "Mexico City", "Brazil": "Brasilia",
    "Argentina": "Buenos Aires", "Chile": "Santiago", "Colombia": "Bogota", "Egypt": "Cairo", "Kenya": "Nairobi",
    "Morocco": "Rabat", "Ghana": "Accra", "Turkey": "Ankara", "Hungary": "Budapest", "Romania": "Bucharest",
    "Croatia": "Zagreb", "Estonia": "Tallinn", "Latvia": "Riga", "Lithuania": "Vilnius", "Belgium": "Brussels",
    "the Netherlands": "Amsterdam", "Switzerland": "Bern", "Australia": "Canberra", "New Zealand": "Wellington",
    "South Korea": "Seoul", "Vietnam": "Hanoi", "Thailand": "Bangkok", "Indonesia": "Jakarta", "Cuba": "Havana",
}  # fmt: skip
FIRST = (
    "Jane John Dana Noor Maria Peter Anna Lukas Ines Omar Mei Chen Aisha Tom Eva Paul Nina Ravi Sara Ben Clara Hugo Lea"
    " Max Mila Jonas Ida Felix Ruth Karl Vera Emil Lina Theo Zoe Adam Iris Leon Maya Finn"
).split()
LAST = (
    "Roe Doe Smith Miller Haddad Whitfield Weber Novak Rossi Garcia Lee Patel Meyer Brown Jones Fischer Costa Moreau"
    " Silva Kim Wagner Becker Olsen Larsen Schmidt Keller Braun Wolf Hill Wood Stone Marsh Field Lane Brook"
).split()
CHINESE_FAMILY = tuple(
    zip("张王李赵刘陈杨黄周吴", "Zhang Wang Li Zhao Liu Chen Yang Huang Zhou Wu".split(), strict=True)
)
CHINESE_GIVEN = tuple(zip("三伟芳娜敏静强磊军洋", "San Wei Fang Na Min Jing Qiang Lei Jun Yang".split(), strict=True))
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "shop.example.org")
TOPICS = (
    "budget|hiring|the office move|the new website|holiday plans|quarterly results|customer feedback|the release"
    "|training|security|travel|the summer party|support hours|pricing|the audit|onboarding|the roadmap|parking|lunch"
    "|suppliers"
).split("|")
DAYS = "Monday Tuesday Wednesday Thursday Friday".split()
MEETINGS = "team meeting|board meeting|planning meeting|review|workshop|weekly call|kick-off".split("|")
CONDITIONS = (
    "pneumonia|hypertension|type 2 diabetes|asthma|atrial fibrillation|migraine|anaemia|gout|bronchitis|a hip fracture"
    "|high cholesterol|kidney stones|arthritis|a urinary infection|chronic back pain"
).split("|")
MEDICINES = "metformin lisinopril amlodipine atorvastatin ibuprofen amoxicillin warfarin omeprazole aspirin".split()
DOSES = "500 mg bid|10 mg daily|5 mg daily|20 mg at night|400 mg as needed|75 mg daily|250 mg tid".split("|")
ORDERS = "refund|parcel|invoice|new password|replacement|repair|booking|contract|delivery date|receipt".split("|")
PRODUCTS = "Falcon Heron Osprey Kestrel Merlin Condor Swift Robin Wren Curlew".split()
THINGS = "chip|phone|battery|display|camera|modem|sensor|laptop|tablet|drone".split("|")
NOUNS = "ledger book cache queue store index table graph stream batch report order basket parser".split()
ITEMS = "trade order item row user event page record job task price node".split()
FIELDS = "quantity price weight size count amount score value cost length".split()
EXPLANATIONS = {
    "tides": "The Moon's gravity pulls the oceans into two bulges; as the Earth turns, each coast passes through them,"
    " so most places see two high tides a day.",
    "rainbows": "Sunlight enters a raindrop, bends, is reflected inside and bends again on the way out; each colour"
    " bends a little differently, so they spread.",
    "seasons": "The Earth's axis is tilted, so each half leans towards the Sun for part of the year and gets longer"
    " days.",
    "vaccines": "A vaccine shows the immune system a harmless piece of a germ, so that it can answer quickly later.",
    "magnets": "In a magnet the tiny fields of many atoms point the same way and add up.",
    "batteries": "A chemical reaction pushes electrons out of one pole and takes them in at the other.",
    "yeast": "Yeast eats sugar and gives off gas, which makes the dough rise.",
    "thunder": "Lightning heats the air so fast that it expands with a bang.",
    "encryption": "Encryption mixes a message with a key so that only somebody with the right key can undo it.",
    "compilers": "A compiler reads source code, checks it and writes the same program in a form the machine can run.",
    "hash tables": "A hash table turns a key into a position, so that looking up takes about the same time however many"
    " entries there are.",
    "caching": "A cache keeps results that were expensive to compute, so that the next request finds them ready.",
}
