"""What a run of Chinese characters says by itself: everyday words that begin like surnames, and who is announced.

A Chinese person is written with a surname and one or two characters more. Many everyday words begin with a character
that is a surname too (`程序`, `安全`, `时间`); the others are no person unless somebody is announced.
"""

from __future__ import annotations

import re
from typing import Final

EVERYDAY: Final = frozenset(
    (
        "文件 索引 支持 包含 信息 路径 位置 支援 解析 时间 修改 路徑 颜色 "
        "程序 程式 符串 任何 符号 符號 时出 金鑰 文字 位元 连接 元組 方式 "
        "安全 初始 方法 关系 管理 范围 关闭 安装 应用 尚未 信号 权限 全部 "
        "符合 相同 成功 区域 元素 查询 查詢 位址 安裝 封存 明度 呼叫 信任 "
        "原始 文本 时使 景色 修補 但是 强制 查找 单击 任务 位移 许使 位于 "
        "管道 公钥 区表 相容 哈希 来自 查看 平台 方向 计数 单位 位於 成员 "
        "边界 段的 项目 位的 修复 位图 查点 束狀 计算 包括 普通 位數 查點 "
        "蒙版 但不 成員 由于 明符 关键 原因 区中 成的 包的 高度 公鑰 容的 "
        "时不 白字 方案 游標 明的 相对 应的 符的 区的 高比 项的 程的 曲线 "
        "和本 解压 计信 元组 和度 支名 应该 文档 印出 解决 相符 元数 包索 "
        "程中 关于 相关 时失 边缘 明確 解释 解決 相關 和工 游标 解码 况下 "
        "查碼 符类 平均 史記 应为 相對 时区 平滑 时的 相依 修正 时指 宣告 "
        "任意 容性 包名 向的 向量 关联 时显 解開 应当 公共 束的 成為 区大 "
        "位符 常的 全的 解引 简单 但未 解除 展開 位名 曲線 展开 段中 盘标 "
        "计划 时发 和目 程数 段大 全上 蓝色 信號 原則 展名 和其 支的 由於 "
        "位数 全域 向下 封包 程已 许的 成为 全性 元集 修饰 程度 项不 符集 "
        "时钟 单词 任度 符族 全局 束符 赖关 修訂 位圖 来的 时才 常规 元件 "
        "时遇 尚不 解密 明通 祖先 关的 向前 项时 方的 许可 文中 时表 游分 "
        "全情 余的 解锁 成列 解碼 修復 信件 项是 单元 都不 和时 段落 平铺 "
        "符不 但它 盘上 元的 阴影 原有 修飾 任資 景顏 位清 位字 明为 单独 "
        "区类 和不 符或 位不 向右 区键 解譯 都會 利用 时候 符数 成本 向上 "
        "许在 都是 符而 展属 但在 范化 储的 车键 程仓 成差 段名 包装 白的 "
        "何时 任的 向左 束中 管線 解壓 封鎖 封裝 常規 项需 连续 常用 相似 "
        "严重 成部 解包 边框 高级 平面 勾画 何分 方合 支上 包裝 于其 印所 "
        "项名 常是 相等 原位 成表 原期 由软 和版 索路 高位 单个 位到 程失 "
        "闭合 区数 时将 储存 印字 程被 区分 程不 强度 白色 边形 许规 查约 "
        "章時 向后 项中 相应 时保 相互 时消 孔洞 应读 常數 位升 易的 满足 "
        "于此 许多 于时 印的 于指 相反 但没 项指 展的 文的 和重 区或 位是 "
        "平衡 成空 时通 左上 左端 时针 索配 解釋 但沒 项可 来源 何处 关信 "
        "原生 成分 来说 于或 位值 方图 全名 项只 智能 符为 区边 单用 何使 "
        "印目 于零 和新 平翻 但服 程跟 程分 位檔 束時 元數 相應 明色 易中 "
        "景工 常量 明确 严格 时无 但此 原本 但只 单的 时忽 区标 单字 权能 "
        "查失 查是 那么 段分 符分 符作 封装 时关 景蓝 景绿 景饱 和与 和索 "
        "元不 位資 由軟 位定 但伺 包檔 全套 位中 于数 项以 和大 时设 单项 "
        "项或 都将 和值 区号 位失 符宽 束每 向指 符必 但尚 蒙板 相交 黄色 "
        "展选 景颜 路由 段状 安靜 原來 程識 段狀 查條 危险 区名 项字 都以 "
        "和提 于字 展头 许与 常见 于未 符后 符转 易读 周期 查的 干净 索字 "
        "和的 那个 余数 和上 边的 母表 向目 但有 闭此 赖于 来修 左起 索器 "
        "位深 左旋 索模 白板 应处 包中 于角 索解 解合 元類 元或 原點 束碼 "
        "利化 路上 位型"
    ).split()
)
"""Pairs of characters of program messages of which the first is a surname, counted in the catalogues that
`german_words` names; pairs whose second character is usual in given names are left out."""

_KANA: Final = re.compile(r"[ぁ-ヿ]")
_LATIN: Final = re.compile(r"[A-Za-z]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_LONGEST: Final = 4
_LAST: Final = frozenset("的了时時是不为為或和并並与與及")
"""Characters that join words; no given name ends with one."""
_BEFORE: Final = re.compile(
    r"(?:姓名|名字|患者|病人|客户|客戶|联系人|聯絡人|收件人|寄件人|负责人|負責人|经办人|法人|代表|申请人|持卡人|业主|同事|朋友|老师|老師|教授"
    r"|医生|醫生|律师|律師|经理|經理|主任|叫|我是|本人|致|尊敬的|亲爱的|親愛的)[是为為:：\s]{0,3}$"
)
_AFTER: Final = re.compile(
    r"\s?(?:先生|女士|小姐|太太|老师|老師|教授|医生|醫生|大夫|律师|律師|经理|經理|主任|总|同学|同學|同志|博士|院长|局长|你好|您好)"
)
_REACH: Final = 12


def is_mixed(written: str) -> bool:
    """Returns whether a run holds kana, or Chinese characters and Latin letters: a phrase, and nobody's name."""
    return _KANA.search(written) is not None or (
        _HAN.search(written) is not None and _LATIN.search(written) is not None
    )


def is_no_person(written: str) -> bool:
    """Returns whether a run is no person's name anywhere: Japanese, mixed, too long, or an everyday word."""
    if is_mixed(written):
        return True
    if "·" in written or "•" in written:
        return False
    return len(written.replace(" ", "")) > _LONGEST or written[:2] in EVERYDAY or written[-1] in _LAST


def is_announced(text: str, start: int, end: int) -> bool:
    """Returns whether something says that a stretch without a known surname is somebody.

    A title, a form's label, or a middle dot or a space inside: `约翰·史密斯`, `裕子 小林`.
    """
    if any(mark in text[start:end] for mark in "·• "):
        return True
    return _BEFORE.search(text, max(0, start - _REACH), start) is not None or _AFTER.match(text, end) is not None
