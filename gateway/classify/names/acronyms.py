"""Words that look like names and are none: abbreviations, techniques and products, labels of fields. Data, no logic."""

from __future__ import annotations

from typing import Final

ACRONYMS: Final = (
    "SSN IBAN BIC SWIFT DOB MRN VAT TIN EIN PIN CVV CPU GPU RAM HTTP HTTPS JSON XML CSV SQL API SDK URL URI DNS TCP "
    "UDP IP TLS SSL JWT PDF HTML CSS YAML REST MB GB KB TB ID NHS NPI DEA ICD CPT EHR PHI PII GDPR HIPAA ITAR EAR "
    "CUI NDA SLA KPI ROI HR IT QA VP ETA FAQ TBD ASAP FYI RSVP PO USD EUR GBP CNY UTC GMT AM PM BMI ECG MRI CT HIV "
    "LDL TSH CRP AES RSA SHA MD5 GCM WAL ACID LLM AI ML NLP OCR USB SSD HDD LAN VPN SSH FTP IMAP SMTP CLI GUI IDE "
    "OS VM CI CD PR MVP UX UI B2B SaaS NaN TODO README"
).split()
"""Abbreviations that label a field or name a technique, and are no organisation by themselves."""

TERMS: Final = frozenset(
    "Adidas Airflow Akamai Aldi Alpine Angular Ansible Apache Arch Artifactory Audi Azure Babel Bayes Bayesian "
    "Bazel Bifrost Bluetooth Boolean Bootstrap Brave Canva Celery Chrome Cilium Clojure Cloudflare CloudFront "
    "Consul Cypress Datadog Debian Deno Dependabot Dijkstra Discord Django Docker Doppler Eclipse Edge "
    "Elasticsearch Elixir Erlang Euclidean Express Face Fastly Fedora Figma Firefox Flask Flink Fluentd Flutter "
    "Fortran Gauss Gaussian Gemini Gemma Git Gitea Gluon Gradle Grafana Groovy Hadoop Hamming Haskell Helm Heroku "
    "Hive Huawei Huffman Hugging Hypothesis Ikea Instagram Intel Istio Java Jinja Jira Jupyter Kafka Kerberos "
    "Keycloak Kibana Klarna Kotlin Kubernetes Lambda Laplace Laravel Lean Lego Levenshtein Lidl Linux Llama "
    "Logstash Lua Luhn Mac Markov Maven Mercurial Merkle Miro Mistral Mocha Mongo Morse Nagios Netflix Newton "
    "Nextcloud Nim Nivea Nix Node Notion Numba Numpy Nutella Nuxt Nvidia Odin Okta OpenShift Opera Oracle Pandas "
    "Perl Pinecone Playwright Podman Poetry Poisson Polars Postgres Presidio Prisma Prometheus Puppet Puppeteer "
    "Pydantic Pyramid Python Qualcomm Qwen Rails Raspberry React Redis Redux Rego Rekor Rollup Ruby Rust Safari "
    "Salt Samsung Sass Scala Scheme Selenium Sentry Shopify Sigstore Sinatra Skype Slack Snyk Solr Sonatype Spark "
    "Splunk Spotify Spring Starlette Stripe Svelte Swift Symfony Tailwind Talon Teams Telegram Terraform Tesla "
    "Tesseract Thunderbird Tomcat Toyota Traefik Trello Trillian Triton Trivy Turing Twig Twilio Ubuntu Unix "
    "Uvicorn Vagrant Vault Vercel Verhoeff Vertex Vite Viterbi Vitest Vue Webpack Whisper Wiki Wikipedia Xen Xiaomi "
    "Yarn YouTube Youtube Zig Zipkin Zoom Zulip".split()
)
"""Products, languages and methods. Some are names too, so a model may still be sure enough of one."""

CHINESE_LABELS: Final = (
    "手机 电话 车牌 号码 护照 身份 身分 證號 证号 番号 編號 编号 邮箱 邮编 地址 姓名 银行 账号 账户 密码 "
    "日期 时间 识别 識別 代码 免許 許可 证件 登记 登記 单位 公司 部门 金额 合同 订单 发票 税号 籍贯 性别 "
    "年龄 民族 国籍 文件 文本 文字 文档 范围 颜色 项目 计划 符号 权限 程序 设置 解压 关闭 全部 时候 信息 "
    "信号 位置 标志 支持 方式 方法 高级 安装 安全 包含 管理 路径 程度 平均 应用 经过 连接 容量 任何 任意 "
    "强制 能够 成功 成本 常用 常见 金属 万元 水平 温度 马上 包括 左边 右边 方面 方向 方案 于是 关于 关系 "
    "周一 周二 周三 周四 周五 周六 周日 "
    "牛奶 牛肉 牛油 黄油 黄瓜 白糖 白菜 高汤 花生 花椒 石榴 江河 江水 马铃薯 金黄 "
    "和平 高度 高速 向前 向后 容易 明显 明确 单独 双方 计算 计量 时期 毛病 白色 黄色 黑色"
).split()
"""Words on forms, and everyday words that begin like surnames, in Chinese characters: what holds one is no person."""

CALENDAR: Final = frozenset(
    "Agosto Août Aprile December Dezember Dezembro Dicembre Diciembre Dienstag Dimanche Dinsdag "
    "Donderdag Donnerstag Décembre Enero Febbraio Febrero Februar Februari February Fevereiro Freitag Friday "
    "Février Gennaio Giovedì Giugno Janeiro Januar Januari January Janvier Jeudi Jueves Juillet Juin Julho Juli "
    "Julio July Junho Junio Jänner Luglio Lundi Lunedì Lunes Maandag Maart Maggio Maio March Mardi Mars Martedì "
    "Martes Marzo Março Mei Mercoledì Mercredi Mittwoch Miércoles Monday Montag März November Novembre "
    "Novembro Noviembre October Octobre Octubre Oktober Ostern Ottobre Outubro Quarta-feira Quinta-feira Sabato "
    "Samedi Samstag Saturday Segunda-feira September Septembre Septiembre Setembro Settembre Sexta-feira "
    "Sonnabend Sonntag Sunday Sábado Terça-feira Thursday Tuesday Vendredi Venerdì Viernes Vrijdag Wednesday "
    "Weihnachten Woensdag Zaterdag Zondag".split()
)
"""Months and days. Those that are first names in the same language (April, June, Domingo) are left out."""
