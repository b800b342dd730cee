"""Words that stand behind Chinese signs, and before and after which numbers are read in their own ways."""

from __future__ import annotations

import re

UNITS = {
    "mm": "毫米", "cm": "厘米", "dm": "分米", "m": "米", "km": "千米", "μm": "微米", "µm": "微米", "nm": "纳米",
    "mm²": "平方毫米", "cm²": "平方厘米", "m²": "平方米", "km²": "平方千米", "mm2": "平方毫米", "cm2": "平方厘米",
    "m2": "平方米", "km2": "平方千米", "㎡": "平方米", "m³": "立方米", "cm³": "立方厘米", "m3": "立方米",
    "cm3": "立方厘米", "ha": "公顷", "mg": "毫克", "g": "克", "kg": "千克", "KG": "千克", "Kg": "千克", "μg": "微克",
    "t": "吨", "lb": "磅", "oz": "盎司", "ft": "英尺", "mi": "英里", "L": "升", "l": "升", "ml": "毫升",
    "mL": "毫升", "ms": "毫秒", "s": "秒", "min": "分钟", "h": "小时", "μs": "微秒", "ns": "纳秒",
    "km/h": "千米每小时",
    "m/s": "米每秒", "km/s": "千米每秒", "kg/m³": "千克每立方米", "g/cm³": "克每立方厘米", "mg/L": "毫克每升",
    "°C": "摄氏度", "℃": "摄氏度", "°c": "摄氏度", "°F": "华氏度", "℉": "华氏度", "°": "度", "W": "瓦", "kW": "千瓦",
    "KW": "千瓦", "MW": "兆瓦", "GW": "吉瓦", "kWh": "千瓦时", "kW·h": "千瓦时", "V": "伏", "kV": "千伏",
    "mV": "毫伏",
    "A": "安", "mA": "毫安", "mAh": "毫安时", "Ω": "欧", "Hz": "赫兹", "kHz": "千赫", "MHz": "兆赫", "GHz": "吉赫",
    "Pa": "帕", "kPa": "千帕", "MPa": "兆帕", "kJ": "千焦", "cal": "卡", "kcal": "千卡", "dB": "分贝",
    "kb": "千比特", "KB": "千字节", "kB": "千字节", "MB": "兆字节", "GB": "吉字节", "TB": "太字节",
    "Mbps": "兆比特每秒",
    "Gbps": "吉比特每秒", "rpm": "转每分", "px": "像素", "mol": "摩尔", "mmHg": "毫米汞柱",
}  # fmt: skip
"""Units by their international signs."""

CURRENCIES = {
    "¥": "元", "￥": "元", "$": "美元", "＄": "美元", "US$": "美元", "HK$": "港元", "NT$": "新台币", "A$": "澳元",
    "C$": "加元", "S$": "新加坡元", "€": "欧元", "£": "英镑", "￡": "英镑", "₩": "韩元", "₽": "卢布", "₹": "卢比",
    "¢": "美分",
}  # fmt: skip
MONEY_CODES = {
    "RMB": "元", "CNY": "元", "USD": "美元", "EUR": "欧元", "GBP": "英镑", "JPY": "日元", "HKD": "港元",
    "TWD": "新台币",
    "KRW": "韩元", "RUB": "卢布",
}  # fmt: skip

COUNTED_BY_TWO = re.compile(
    "个(?!人电脑)|個|只|隻|条|條|张|張|本|位|名|名|件|块|塊|片|棵|头|頭|匹|辆|輛|艘|架|座|栋|棟|间|間|家|所|扇|把|支|枝"
    "|根|颗|顆|粒|滴|瓶|杯|勺|碗|盘|盤|盒|箱|袋|包|双|雙|对|對|副|套|组|組|群|批|部|台|臺|份|封|篇|首|幅|句|段|行|列|排|层|層"
    "|种|種|类|類|样|樣|项|項|条|门|門|道|题|題|场|場|次|回|遍|趟|顿|頓|下|声|聲|步|口|天|周(?!年)|週|年(?![级級])|岁|歲"
    "|分钟|分鐘|秒|小时|小時|刻|点|點|夜|晚|代(?!表)|人(?!称|稱)|者|国|國|省|市|县|縣|村|地|米|公里|千米|里|英里|英尺|尺|厘米|毫米|分米"
    "|公斤|千克|克|毫克|吨|噸|斤|磅|升|毫升|亩|畝|公顷|公頃|平方|立方|倍|成(?!功)|度|元|美元|欧元|歐元|英镑|英鎊|块钱|角|毛"
    "|百|千|万|萬|亿|億|股|朵|堆|串|团|團|队|隊|期(?!工程)|轮|輪|届|屆|季|伙|面|顶|頂|床|卷|册|冊|章|节(?!能)|幕|枚|发|發|桶"
    "|港元|日元|韩元|瓦|伏|安|牛|赫兹|兆|吉|像素|摄氏度|攝氏度|开|开门|半|侧|側|端|边|邊|方|派|党|黨|族|字|笔|筆|大|小"
)
"""Measure words, and nouns counted like them, before which two is 两."""

AFTER_YEARS = re.compile(
    "前(?!后|後)|后|後|来|來|间|間|以|之|内|內|的历史|的歷史|的时间|的時間|多|了|左右|期|有|寿|壽|时间|時間|历史|歷史|余|餘|才|就|如一日|级|級"
)
"""What follows years that are counted: 五十年后, 两千年来."""

MODELS = "歼|殲|轰|轟|运|運|直|长征|長征|东风|東風|神舟|天舟|嫦娥|图|圖|苏|蘇|米格|伊尔|红旗|紅旗"
"""Names of aircraft and rockets, after which a dash is no minus."""

CALLED_OUT = (
    "电话|電話|手机|手機|热线|熱線|拨打|撥打|致电|致電|传真|傳真|QQ|微信|身份证|身份證|账号|賬號|帳號|卡号|卡號|学号|學號"
    "|工号|编号|編號|邮编|郵編|邮政编码|房间|房間|密码|密碼|验证码|驗證碼|尾号|车牌|报警|報警|客服"
)
"""Words after which a number is called out digit by digit, with 幺 for one."""

ACRONYMS = frozenset(
    (
        "AI API APEC APP ATM BBC BBS BP CBD CCTV CD CEO CFO CNN COO CPI CPU CT CTO DIY DJ DNA DVD EQ EU FBI GDP GPA"
        " GPS GPU GRE HIV HR ICU ID IP IPO IQ ISO KTV LCD LED LOGO MBA MRI MTV MV NASA NBA NPC OPEC PC PDF PK PPT"
        " PS PVC RNA SARS SIM SOS SUV TV UFO USB VCD VIP VPN VR WTO WC XML HTML HTTP SQL CIA CBS IBM SCI"
    ).split()
)
"""Acronyms known to every reader, which are spelled however they are written."""
