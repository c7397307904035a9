"""Own word lists from which organisations, addresses and small values are composed. Data, no logic."""

# ruff: noqa: E501  (tables of words)

from __future__ import annotations

import re
from typing import Final

ORG_FIRST: Final = tuple(
    """Global Pacific Northern Southern Eastern Western Central United National Royal First Blue Red Green Silver Golden
    Summit Apex Nova Alpine Coastal Harbor Highland Lakeside Riverside Metro Urban Prime Crown Liberty Heritage Pioneer
    Frontier Horizon Sunrise Evergreen Granite Ironwood Maple Cedar Falcon Eagle Lion Phoenix Orion Atlas Titan Vertex
    Zenith Quantum Fusion Stellar Lunar Solar Arctic Baltic Nordic Iberian Rhine Danube Alpha Beta Delta Omega Sigma
    Bright Clear Swift Smart True Open Peak Core Rapid Allied Consolidated General Standard Universal Advanced Applied
    Integrated Premier Elite Keystone Cornerstone Milestone Landmark Beacon Compass Anchor Bridge Oak Pine Raven Tiger
    Midwest Bay Valley Capital Continental Imperial Triton Helix Vector Matrix Sapphire Emerald Crystal Amber Cobalt
    American European Asian African British German Swiss Canadian Atlantic Mercury Neptune Saturn""".split()
)
ORG_SECOND: Final = tuple(
    """Systems Technologies Technology Logistics Holdings Partners Bank Insurance Foods Energy Airlines Airways Motors
    Industries Solutions Software Networks Media Studios Labs Laboratories Research Pharma Pharmaceuticals Biotech
    Healthcare Medical Clinic Dental Consulting Advisors Capital Ventures Investments Securities Financial Finance Trust
    Savings Mutual Credit Realty Properties Construction Builders Engineering Steel Chemicals Plastics Paper Textiles
    Fashion Furniture Toys Games Sports Fitness Travel Tours Hotels Resorts Restaurants Bakery Brewery Coffee Dairy
    Farms Agriculture Mining Oil Gas Power Electric Electronics Semiconductors Robotics Aerospace Aviation Defense
    Security Telecom Communications Wireless Mobile Broadcasting Publishing Press Books Education Academy Institute
    Foundation Association Society Union Council Federation Alliance Group Works Services Staffing Recruiting Cleaning
    Transport Shipping Freight Rail Automotive Tires Paints Glass Ceramics Instruments Devices Sensors Optics Data
    Analytics Cloud Digital Interactive Design Marketing Advertising Events Productions Records Pictures""".split()
)
ORG_SUFFIX: Final = (
    "Inc|Inc.|LLC|Ltd|Ltd.|Limited|Corp|Corp.|Corporation|Co.|Company|plc|PLC|LLP|LP|GmbH|AG|SE|KG|GmbH & Co. KG|UG|e.V.|"
    "S.A.|SA|SAS|SARL|S.L.|S.p.A.|SpA|S.r.l.|B.V.|BV|N.V.|NV|AB|A/S|ApS|AS|Oy|Oyj|Sp. z o.o.|s.r.o.|d.o.o.|Kft.|Pty Ltd|"
    "Pte Ltd|Pvt. Ltd.|Co., Ltd.|K.K.|Group|Holdings|International|& Co.|& Sons|and Sons|Partners|Associates|Brothers"
).split("|")
PUBLIC_BODY: Final = (
    "{city} City Council|{city} Police Department|City of {city}|{country} Red Cross|Ministry of {matter}|Department of "
    "{matter}|Bank of {country}|{country} Post|Federal Agency for {matter}|Office of {matter}|National Institute of "
    "{matter}|{city} Chamber of Commerce|{city} Symphony Orchestra|{city} United|FC {city}|{city} Airport|{city} "
    "Football Club|{country} Airlines|{city} Times|The {city} Herald|{city} Public Library|{city} Gazette|Bundesamt für "
    "{matter}|Sparkasse {city}|Stadtwerke {city}|Volksbank {city}|Amtsgericht {city}|Landratsamt {city}|Mairie de {city}"
).split("|")
MATTERS: Final = (
    "Health|Justice|Finance|Defence|Education|Transport|Labour|Agriculture|Foreign Affairs|the Interior|Energy|Trade|"
    "Standards|Statistics|Immigration|Veterans Affairs|Social Security|Public Works|Culture|Housing"
).split("|")
UNIVERSITY: Final = (
    "University of {city}|{city} University|{last} University|Universität {city}|Technische Universität {city}|{city} "
    "State University|{last} College|{city} Institute of Technology|Université de {city}|Universidad de {city}|"
    "Università di {city}|{city} Business School|{city} High School|{last} Elementary School|Hochschule {city}"
).split("|")
HOSPITAL: Final = (
    "{city} General Hospital|St. {first} Hospital|{last} Memorial Hospital|{city} Medical Center|{last} Clinic|"
    "Klinikum {city}|Universitätsklinikum {city}|Mercy Hospital {city}|{city} Children's Hospital|Charité {city}|"
    "Hôpital Saint-{first}|{city} Health Center|Praxis Dr. {last}|{last} Dental Care"
).split("|")
KNOWN_ORGS: Final = (
    "Google|Microsoft|Apple|Amazon|Meta|Facebook|Netflix|Tesla|Intel|AMD|NVIDIA|IBM|Oracle|SAP|Siemens|Bosch|BASF|Bayer|"
    "Allianz|Deutsche Bank|Commerzbank|Deutsche Telekom|Deutsche Bahn|Lufthansa|BMW|Volkswagen|Mercedes-Benz|Audi|"
    "Porsche|Adidas|Puma|Nestlé|Novartis|Roche|UBS|Credit Suisse|Airbus|Boeing|Renault|Peugeot|Orange|BNP Paribas|"
    "Société Générale|Carrefour|L'Oréal|Danone|Total|Shell|BP|Exxon|Chevron|Walmart|Target|Costco|Starbucks|McDonald's|"
    "Burger King|Coca-Cola|Pepsi|Nike|Disney|Warner Bros|Sony|Toyota|Honda|Nissan|Mitsubishi|Hitachi|Panasonic|Samsung|"
    "LG|Hyundai|Kia|Huawei|Xiaomi|Alibaba|Tencent|Baidu|ByteDance|Lenovo|JPMorgan|JPMorgan Chase|Goldman Sachs|Morgan "
    "Stanley|Citibank|Bank of America|Wells Fargo|HSBC|Barclays|Lloyds|Santander|BBVA|ING|Rabobank|UniCredit|Visa|"
    "Mastercard|PayPal|Stripe|Uber|Lyft|Airbnb|Booking.com|Spotify|Twitter|LinkedIn|GitHub|OpenAI|Anthropic|Pfizer|"
    "Moderna|Merck|AstraZeneca|GSK|Sanofi|Johnson & Johnson|Procter & Gamble|Unilever|Philips|Ericsson|Nokia|Volvo|"
    "IKEA|H&M|Zara|Fiat|Ferrari|Eni|Enel|Generali|AXA|Zurich|Swiss Re|Munich Re|AIG|MetLife|Deloitte|KPMG|PwC|Ernst & "
    "Young|McKinsey|Accenture|Capgemini|Infosys|Wipro|Tata|Reliance|UPS|FedEx|DHL|Maersk|Verizon|AT&T|T-Mobile|Vodafone|"
    "BBC|CNN|Reuters|New York Times|Washington Post|Financial Times|Harvard|Stanford|MIT|Oxford|Cambridge|NASA|FBI|CIA|"
    "NATO|United Nations|European Union|European Commission|World Bank|WHO|UNICEF|Red Cross|Greenpeace|Amnesty "
    "International|Manchester United|Real Madrid|FC Barcelona|Bayern München"
).split("|")
CLUB: Final = (
    "{city} Rovers|{city} United|{city} Wanderers|{last} County FC|{city} Historical Society|The {last} Society|{city} Youth "
    "Orchestra|{city} Chess Club|{last} Family Trust|{city} Animal Rescue|Friends of {city} Park|{city} Rotary Club|{last} "
    "Foundation|{city} Volunteer Fire Brigade|{first}'s Choir|{city} Rugby Club|{last} Park School|{city} Food Bank"
).split("|")
VENUE: Final = (
    "{first}'s Cantina|The {last} Arms|Hotel {last}|Hotel {city}|Café {first}|{last}'s Bakery|Trattoria {first}|Bar {last}|"
    "Grand Hotel {city}|La {last}|{city} Sushi Bar|{first} & {first} Bistro|Chez {first}|The {city} Inn|{last} Foundry|"
    "{last} Shipyards|{last} Estate|{city} Imaging Center|{last} Payments|{city} Cancer Institute|{last} Medical Group"
).split("|")
ORGS_OF: Final = {
    "de": (
        "{last} GmbH|{last} & Söhne GmbH|Tischlerei {last}|Bäckerei {last} e.K.|{last} AG|{last} Holding SE|Stadtsparkasse {city}|"
        "Sparkasse {city}|Volksbank {city} eG|Universität {city}|Hochschule {city}|Förderverein {last} e.V.|TSV {city}|SV {last}|"
        "Klinikum {city}|Praxis Dr. {last}|Autohaus {last} KG|Stadtwerke {city}|Kanzlei {last}|Gymnasium {city}|{city}er Verkehrs AG|"
        "Allgemeine Krankenkasse {city}|Gasthof {last}|Malerbetrieb {last}"
    ).split("|"),
    "fr": (
        "{last} SARL|{last} et Fils SAS|Boulangerie {last}|Société {last}|Assurances {last} SA|Association des Amis de {city}|CHU de "
        "{city}|Université de {city}|Lycée {last}|Mairie de {city}|Cabinet {last}|Garage {last}|Banque de {city}|Hôpital {last}|"
        "Association Sportive de {city}|Crédit {city}|Librairie {last}|Transports {last}"
    ).split("|"),
    "es": (
        "Talleres {last} S.L.|{last} Hermanos, S.A.|Universidad de {city}|Conservas {last}, S.A.|Banco de {city}|Hospital General de "
        "{city}|Clínica {last}|Colegio {last}|Construcciones {last} S.L.|Panadería {last}|Seguros {last}|Instituto {last}|Editorial "
        "{last}|Club Deportivo {city}|Ayuntamiento de {city}|Grupo {last} S.A. de C.V.|Asociación de Vecinos de {city}"
    ).split("|"),
    "it": (
        "Fratelli {last} S.r.l.|{last} S.p.A.|Ditta {last}|Trattoria {last}|Università di {city}|Ospedale di {city}|Banca di {city}|"
        "Studio Legale {last}|Farmacia {last}|Liceo {last}|Comune di {city}|Officina {last} & C.|Cooperativa {last}|Panificio {last}"
    ).split("|"),
    "nl": (
        "Bakkerij {last} B.V.|Stichting {last}|{last} & Zonen|Universiteit {city}|Ziekenhuis {city}|Garage {last}|Gemeente {city}|"
        "{last} Groep N.V.|Basisschool {last}|Advocatenkantoor {last}|Vereniging {city}|Voetbalclub {city}|Apotheek {last}"
    ).split("|"),
}
"""Organisations as each language names them."""
PARTICLES_OF: Final = {
    "fr": ("de", "du", "de la", "d'", "Le", "La", "El", "Ben", "Da"),
    "es": ("de", "de la", "del", "y"),
    "nl": ("van", "van der", "van den", "de", "Van", "De", "Van den", "ter", "El"),
}
COMPASS: Final = "N. S. E. W. North South East West N S E W NE NW SE SW".split()
UK_AREAS: Final = (
    "AB B BA BD BH BN BR BS CB CF CH CR CT DE DH E EC EH EX G GL GU HU HX IG IP KT L LE LS M ME MK N NE NG NN NR NW OL OX PE PL PO "
    "PR RG S SA SE SK SN SO SR ST SW SY TN TR TS UB W WA WC WD WF WN WR WS YO"
).split()
UNITS: Final = (
    "Apt {0}|Apt. {0}{1}|Suite {0}|Unit {0}|Flat {0}|Flat {0}{1}|{0}rd Floor|{0}th Floor|Level {0}|#{0}|Room {0}|Building {1}"
).split("|")
COINED: Final = tuple(
    "ax al ar bio cor cy da del dy el en ex fi ga ge hy in ix ka ko la li lo lu ma mi mo na ne no nu ol om on or pa per "
    "pro qua ra re ri ro sa se si so sol syn ta te ti to tra tri tro u va ve vi vo xe xo ya ze zi zo".split()
)
COINED_END: Final = (
    "tech soft ware corp net co bank med gen tron lytics ix ora is um ify ly eo ium ex on a o ia".split()
)
JOBS: Final = (
    "engineer|nurse|teacher|accountant|sales manager|software developer|lawyer|project manager|data analyst|consultant|"
    "Head of Procurement|Chief Technology Officer|HR Business Partner|Senior Counsel|Account Executive|paralegal|pilot|"
    "Sachbearbeiter|Geschäftsführer|Project Lead|office manager|warehouse clerk|research assistant|Vice President|"
    "Managing Director|physician|electrician|Product Owner|Regional Manager|journalist|architect|Key Account Manager|CEO"
).split("|")
STREET_TYPES: Final = (
    "Street St St. Avenue Ave Ave. Road Rd Rd. Lane Ln Drive Dr Boulevard Blvd Court Ct Place Pl Way Square Terrace Circle "
    "Parkway Pkwy Highway Hwy Close Crescent Gardens Grove Row Walk Trail Alley Mews Loop Ridge Crossing Plaza Quay"
).split()
STREET_WORDS: Final = (
    "Main High Church Park Oak Maple Elm Cedar Pine Walnut Chestnut Spruce Willow Birch Washington Lincoln Lake "
    "Hill River Station Mill King Queen Victoria Market Bridge Spring Sunset Highland Forest Meadow Garden School College "
    "First Second Third Fourth Fifth North South East West Harbor Railroad Center Valley Ridge Franklin Madison Union"
).split()
DE_STREETS: Final = (
    "Haupt Bahnhof Garten Schul Berg Kirch Wald Ring Dorf Linden Birken Goethe Schiller Mozart Beethoven Friedrich "
    "Wilhelm Kaiser Berliner_ Münchner_ Hamburger_ Frankfurter_ Wiesen Feld Mühlen Rosen Post Markt Brunnen Industrie"
).split()
FR_STREETS: Final = "rue |avenue |boulevard |place |impasse |chemin |allée |quai |route ".split("|")
FR_OF: Final = (
    "de la République|Victor Hugo|de l'Église|des Lilas|du Général de Gaulle|Pasteur|Jean Jaurès|de Paris|des Écoles|"
    "Saint-Michel|de la Gare|Voltaire|du Moulin|des Fleurs|de Verdun|Gambetta|du Marché"
).split("|")
ES_STREETS: Final = "Calle |Avenida |Avda. |Plaza |Paseo |C/ |Camino |Carrera |Rua |Avenida |Travessa ".split("|")
ES_OF: Final = (
    "Mayor|de la Constitución|Real|San Juan|del Sol|de Alcalá|Colón|Cervantes|de la Paz|Goya|Santa María|Libertad|"
    "das Flores|do Comércio|da Liberdade|Velázquez|de los Reyes|Bolívar"
).split("|")
IT_STREETS: Final = "Via |Viale |Piazza |Corso |Vicolo |Largo |Strada ".split("|")
IT_OF: Final = (
    "Roma|Garibaldi|Mazzini|Dante|Cavour|Verdi|Marconi|della Repubblica|San Marco|XX Settembre|dei Mille".split("|")
)
NL_OF: Final = "Kerk|Dorps|School|Molen|Hoofd|Prins|Wilhelmina|Beatrix|Linden|Stations|Haven|Markt|Kloven".split("|")
NL_STREETS: Final = "straat|laan|weg|plein|gracht|kade|dijk|singel|hof".split("|")
ROMANISED: Final = {
    "zh": (
        "Wei Fang Ming Jing Li Na Xiu Ying Hui Lan Yan Hong Jun Jie Bo Yang Ting Xin Yu Chen Hao Ran Yi Ze Rui Meng Lei "
        "Xiaoming Xiaoli Jianguo Zhiqiang Haiyan Yuting Zihan Haoran Mengyao Weiwei Lihua Guoqiang Xueying Junjie Yifan",
        "Wang Li Zhang Liu Chen Yang Zhao Huang Zhou Wu Xu Sun Hu Zhu Gao Lin He Guo Ma Luo Liang Song Zheng Xie Han Tang "
        "Feng Yu Dong Xiao Cheng Cao Yuan Deng Shen Zeng Peng Lü Su Jiang Cai Jia Ding Wei Xue Ye Yan Pan Du Dai Xia",
    ),
    "ko": (
        "Min-jun Seo-yeon Ji-hoon Ha-eun Jae-won Soo-jin Hyun-woo Eun-ji Sung-min Yuna Jihye Minho Dong-hyun Hye-jin",
        "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Ryu Hong",
    ),
    "ja": (
        "Haruto Yui Sota Aoi Ren Hina Takashi Yuki Kenji Sakura Hiroshi Akiko Daisuke Emi Kazuo Naoko Satoshi Yoko",
        "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto "
        "Inoue Kimura Hayashi Shimizu Mori Abe Ikeda Hashimoto Ishikawa Ogawa Fujita Okada Hasegawa Murakami Kondo",
    ),
    "ar": (
        "Mohammed Ahmed Fatima Aisha Omar Ali Hassan Hussein Youssef Ibrahim Khalid Layla Mariam Noor Zainab Abdullah "
        "Abdul Samir Tariq Yasmin Amina Rania Karim Nadia Salma Mustafa Bilal Hamza Leila Rashid",
        "Al-Farsi Hassan Khan Ahmed Al-Sayed Haddad Nasser Mansour Khoury Saleh Aziz Al-Rashid Farouk Najjar Sharif "
        "Abbas Karimi Hosseini Rahimi Said Bakr Darwish El-Amin Qureshi Malik Siddiqui Chaudhry Rahman Hussain",
    ),
    "vi": (
        "Anh Linh Minh Huong Tuan Lan Hung Mai Nam Thao Duc Hoa Quang Trang Phuong Khoa Ngoc Thanh Van Dung",
        "Nguyen Tran Le Pham Huynh Hoang Phan Vu Vo Dang Bui Do Ho Ngo Duong Ly Nguyễn Trần Lê Phạm",
    ),
    "in": (
        "Aarav Priya Rahul Anjali Vikram Sunita Rajesh Deepika Amit Pooja Sanjay Kavita Arjun Neha Ravi Lakshmi Suresh "
        "Meera Kiran Divya Manish Shreya Ananya Rohan Harish Padma Ganesh Swati",
        "Sharma Patel Singh Kumar Gupta Reddy Iyer Nair Mehta Joshi Desai Rao Verma Agarwal Chatterjee Banerjee Mukherjee "
        "Pillai Menon Krishnan Subramanian Kapoor Malhotra Bhat Naidu Chopra Das Ghosh Mishra Trivedi",
    ),
    "gr": (
        "Giorgos Maria Dimitris Eleni Nikos Katerina Kostas Sofia Yannis Vasiliki Panagiotis Ioanna Christos Despina",
        "Papadopoulos Papadopoulou Georgiou Nikolaidis Dimitriou Vlachos Karagiannis Oikonomou Makris Pappas Angelopoulos",
    ),
    "af": (
        "Chinedu Ngozi Kwame Amara Oluwaseun Thabo Nomsa Sipho Zanele Wanjiru Kamau Abebe Tigist Fatou Mamadou Kofi Ama",
        "Okafor Adeyemi Mensah Nkosi Dlamini Mwangi Otieno Diallo Traoré Keita Abiola Okonkwo Eze Balogun Ndlovu Tesfaye",
    ),
}
CYRILLIC: Final = (
    "а a б b в v г g д d е e ё yo ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch ъ _ "
    "ы y ь _ э e ю yu я ya і i ї yi є ye ґ g ј j љ lj њ nj ћ c ђ dj џ dz ѓ g ќ k"
).split()
ILLNESSES: Final = (
    "Hypertension|Essential Hypertension|Type 2 Diabetes Mellitus|Asthma|Chronic Kidney Disease|Stage 3 Chronic Kidney Disease|"
    "Major Depressive Disorder|Generalized Anxiety Disorder|Bipolar Disorder|Post-Traumatic Stress Disorder|Rheumatoid Arthritis|"
    "Osteoarthritis|Irritable Bowel Syndrome|Migraine|Epilepsy|Atrial Fibrillation|Coronary Artery Disease|Hypothyroidism|"
    "Hyperlipidemia|COPD|Pneumonia|Anemia|Psoriasis|Crohn's Disease|Parkinson's Disease|Alzheimer's Disease|Multiple Sclerosis|"
    "Lupus|Sleep Apnea|Gout|Celiac Disease|Hepatitis B|Lyme Disease|Breast Cancer|Acute Appendicitis|Glaucoma|Fibromyalgia|GERD|"
    "Schizophrenia|Panic Disorder|Down Syndrome|Heart Failure|Deep Vein Thrombosis|Ulcerative Colitis|Hodgkin Lymphoma"
).split("|")
DRUGS: Final = (
    "Sertraline Levothyroxine Pantoprazole Omeprazole Hydrochlorothiazide Fluoxetine Gabapentin Albuterol Metformin Lisinopril "
    "Atorvastatin Amlodipine Losartan Simvastatin Prednisone Ibuprofen Paracetamol Aspirin Amoxicillin Azithromycin Warfarin "
    "Insulin Citalopram Escitalopram Tramadol Morphine Diazepam Lorazepam Quetiapine Methotrexate Adalimumab Xarelto Lipitor "
    "Ventolin Zoloft Prozac Ozempic Humira Tylenol Advil"
).split()
DEPARTMENTS: Final = (
    "Engineering|Marketing|Finance|Sales|Human Resources|Legal|Operations|Procurement|Customer Support|IT|Research|Product|Logistics|"
    "Accounting|Compliance|Design|Quality Assurance|Public Relations|Data Science|Facilities|Administration|Security|Manufacturing"
).split("|")
PARTICLES: Final = ("van", "de", "von", "bin", "del", "van der", "di", "Al", "Mc", "St.")
CHINESE_SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔"
    "贺赖龚文"
)
CHINESE_GIVEN: Final = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰梅红建国文辉力志海山仁波宁贵福生龙元全胜学祥"
    "才发武新利清飞彬富顺信子昌成康星光天达安岩中茂进林有坚和彪博诚先敬震振壮会思群豪心邦承乐绍功松善"
    "厚庆民友裕河哲江浩亮政谦亨奇固之轮翰朗伯宏言若鸣朋斌梁栋维启克伦翔旭鹏泽晨辰士以建家致树炎德行时"
    "泰盛雄琛钧冠策腾楠榕风航弘雨欣怡佳琪梦瑶雪婷慧颖琳莹倩嘉宇轩梓涵诗语"
)
CHINESE_TRADE: Final = (
    "华天海中新东方金源盛达兴隆瑞丰泰和恒信诚博远宏图启明星云光大通联创智慧银河长江黄山建设人民解放和平中山朝阳文化科技"
)
CHINESE_CITIES: Final = (
    "北京 上海 广州 深圳 杭州 南京 成都 重庆 武汉 西安 苏州 天津 长沙 郑州 青岛 沈阳 "
    "大连 厦门 宁波 无锡 济南 哈尔滨 福州 昆明 合肥 香港 台北 东京 纽约 柏林"
).split()
CHINESE_KNOWN: Final = (
    "华为 腾讯 阿里巴巴 百度 京东 小米 字节跳动 中国银行 工商银行 招商银行 建设银行 中国移"
    "动 中国联通 美团 比亚迪 格力 海尔 联想 平安保险 中石油 国家电网 清华大学 北京大学 复"
    "旦大学 同济医院 新华社 微软 谷歌 苹果公司"
).split()

COUNTRIES: Final = (
    "US|USA|U.S.|U.S.A.|United States of America|America|UK|U.K.|Great Britain|Britain|England|Scotland|Wales|Holland|Ireland"
    "|Türkiye|Turkey|Czechia|South Korea|North Korea|Korea|Russia|Iran|Syria|Vietnam|Taiwan|Kosovo|Palestine|Moldova"
    "|Tanzania|Venezuela|Bolivia|Brunei|Laos|Ivory Coast|Cape Verde|Eswatini|North Macedonia|Myanmar|Burma"
    "|Europe|Asia|Africa|Oceania|North America|South America|Latin America|EU|European Union|Middle East"
    "|Europa|Asien|Afrika|Nordamerika|Südamerika|Lateinamerika|Vereinigte Staaten|Großbritannien|Niederlande|Schweiz"
    "|Europe|Asie|Afrique|Amérique du Nord|Amérique du Sud|América Latina|África|EE. UU.|Estados Unidos|Stati Uniti"
    "|中国|中华人民共和国|美国|英国|法国|德国|日本|韩国|朝鲜|俄罗斯|加拿大|澳大利亚|意大利|西班牙|荷兰|瑞士|印度|巴西|新加坡|欧洲|亚洲|非洲|欧盟|美洲"
).split("|")
SMALL_TERRITORY: Final = re.compile(
    r"(?i)island|insel|îles?\b|\bislas?\b|isol[ae]|eiland|ilhas?\b|岛|島|pitcairn|helena|hélène|barth|bartolom|tokel|niue"
    r"|montserrat|anguil|akrotiri|dhekelia|miquelon|norfolk|svalbard|guernsey|guernesey|jersey|gibraltar|vatican|alaska|阿拉斯加"
)
"""Places on lists of countries where few people live, or that are none."""
