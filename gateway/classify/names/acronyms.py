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
    "Airflow Alpine Angular Ansible Apache Arch Azure Bayes Bayesian Bazel Bifrost Boolean Bootstrap Celery "
    "Clojure CloudFront Consul Cypress Debian Dijkstra Django Docker Doppler Eclipse Elasticsearch Elixir Erlang "
    "Euclidean Express Face Fedora Figma Flask Flink Flutter Fortran Gauss Gaussian Gemini Gemma Git Gitea Gradle "
    "Grafana Groovy Hadoop Hamming Haskell Helm Heroku Hive Huffman Hugging Hypothesis Istio Java Jinja Jira "
    "Jupyter Kafka Kerberos Kibana Kotlin Kubernetes Lambda Laplace Laravel Lean Levenshtein Linux Llama Lua Luhn "
    "Mac Markov Maven Mercurial Merkle Mistral Mocha Mongo Morse Nagios Newton Nextcloud Nim Nix Node Numba Numpy "
    "Odin OpenShift Oracle Pandas Perl Pinecone Playwright Poetry Poisson Postgres Presidio Prisma Prometheus "
    "Puppet Pydantic Pyramid Python Qwen Rails Raspberry React Redis Redux Rego Ruby Rust Salt Scala Scheme "
    "Selenium Sentry Sinatra Solr Spark Spring Starlette Svelte Swift Symfony Talon Terraform Tesseract Tomcat "
    "Triton Turing Twig Ubuntu Unix Uvicorn Vagrant Vault Vercel Verhoeff Vertex Viterbi Vue Whisper Wiki Xen "
    "Yarn Zig Zipkin Zulip".split()
)
"""Products, languages and methods. Some are names too, so a model may still be sure enough of one."""

CHINESE_LABELS: Final = (
    "手机 电话 车牌 号码 护照 身份 身分 證號 证号 番号 編號 编号 邮箱 邮编 地址 姓名 银行 账号 账户 密码 日期 时间 "
    "识别 識別 代码 免許 許可 证件 登记 登記 单位 公司 部门 金额 合同 订单 发票 税号 籍贯 性别 年龄 民族 国籍"
).split()
"""Words on forms in Chinese characters: what holds one is no person."""
