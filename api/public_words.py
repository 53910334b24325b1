"""What the public pages say, in Chinese and in English."""

from datetime import date, datetime, timedelta

from layers.models import IncidentState

Words = dict[str, str]

ZH: Words = {
    "title": "找最近的服务中心",
    "lead": "告诉我们您在哪里，就能看到步行最近、正在开放的党群服务中心。",
    "skip": "跳到结果",
    "other": "English",
    "where": "您在哪里？",
    "place": "地址、小区或地名",
    "place_hint": "例：西河北苑3号楼、文峰塔、府学街和胜利街路口",
    "service": "要办什么事",
    "any_service": "不限",
    "when": "换个时间再查",
    "when_label": "什么时候去（北京时间）",
    "find": "查找",
    "locate": "用我的位置",
    "locate_note": "点了才会问您是否同意。位置只用来算这一次，不保存，也不写进网址和日志。",
    "locate_denied": "没有得到位置。请填地址，或在地图上点一下。",
    "locating": "正在取得位置……",
    "tap": "也可以在地图上点您所在的地方（键盘：方向键移动，回车查询地图中心）。",
    "map": "地图",
    "map_label": "服务中心地图",
    "you": "您选的位置",
    "results": "步行最近的服务中心",
    "results_open": "步行最近、正在开放的服务中心",
    "results_then": "{when}步行最近、那时开放的服务中心",
    "from_place": "从“{name}”出发",
    "from_middle": "从“{name}”的中间出发；写上楼号会更准",
    "from_position": "从您的位置出发",
    "not_it": "不是这里？",
    "which": "您说的是哪一处？",
    "from_whom": "这对坐标是从哪里来的？",
    "nothing": "没有找到“{q}”。换个说法，或在地图上点一下。也可以直接打电话给下面的服务中心。",
    "need_place": "请先填地址或地名。",
    "far": "这个位置不在{city}附近。请填本市的地址。",
    "bad_time": "时间看不懂。请写成 2026-10-08 09:30 这样。",
    "bad_position": "位置看不懂。请填地址，或在地图上点一下。",
    "none": "没有服务中心提供这项服务。",
    "no_city": "这里还没有载入城市。",
    "walk": "步行约 {fast} 分钟",
    "walk_slow": "走得慢约 {slow} 分钟",
    "metres": "{n} 米",
    "direction": "在您的{way}",
    "steps": "路上有台阶",
    "straight": "没有查到步行路线：这是直线距离，实际更远。",
    "open": "开放中",
    "open_then": "那时开放",
    "all_day": "全天开放",
    "closes": "{until}关门",
    "closed": "未开放",
    "opens": "{until}开门",
    "long_closed": "近期不开放",
    "unknown_hours": "开放时间不明，请先打电话",
    "today": "今天",
    "tomorrow": "明天",
    "next_day": "次日",
    "off": "不开放",
    "whole_day": "全天",
    "make_up": "调休上班",
    "not_announced": "明年放假安排尚未公布，以通知为准。",
    "hours": "七天开放时间",
    "usual_hours": "平时开放时间",
    "holidays_differ": "节假日和临时调整请扫码查看，或打电话问。",
    "address": "地址",
    "phone": "电话",
    "call": "拨打 {phone}",
    "no_phone": "没有登记电话",
    "services": "能办的事",
    "step_free": "有无障碍通道",
    "not_step_free": "没有无障碍通道",
    "details": "详细与海报",
    "regional": "片区服务中心",
    "community": "社区服务中心",
    "night": "夜里有急事",
    "night_at": "凌晨 2 点最近还开着的：",
    "grid": "您的网格",
    "grid_of": "{grid}，属{community}、{subdistrict}",
    "grid_none": "这个位置不在任何网格内，由调度中心负责。",
    "duty": "网格值守电话",
    "standing_in": "（代班）",
    "dispatch": "城市党建网格调度中心",
    "report": "反映问题",
    "report_how": "打网格值守电话或调度中心电话，说清楚地点和事情。请记下对方给您的编号。",
    "report_web": "也可以在城市地图上点选地点上报。",
    "to_city": "打开城市地图",
    "follow": "查进度",
    "number": "编号",
    "number_hint": "受理时给您的编号",
    "ask": "查询",
    "no_number": "没有编号“{number}”的事件。请核对后再试。",
    "state_of": "编号 {number}",
    "reported": "受理时间",
    "changed": "最近一步",
    "all_centres": "全部服务中心",
    "print": "打印",
    "poster": "打印海报",
    "poster_words": "扫码查看开放时间和路线",
    "back": "回到查找",
    "privacy": "本页不用注册，不保存您填的地址和位置。",
    "review": "审图号",
    "synthetic": "合成示例数据",
    "not_found": "没有编号为“{code}”的服务中心。",
}

EN: Words = {
    "title": "Find the nearest service centre",
    "lead": "Tell us where you are to see the nearest community service centres that are open, "
    "on foot.",
    "skip": "Skip to the result",
    "other": "中文",
    "where": "Where are you?",
    "place": "Address, compound or place",
    "place_hint": "For example 西河北苑3号楼, xhby 3, or a street crossing",
    "service": "What for",
    "any_service": "Anything",
    "when": "Another time",
    "when_label": "When you want to go (Beijing time)",
    "find": "Find",
    "locate": "Use my position",
    "locate_note": "You are asked for consent first. The position serves this one answer; it is "
    "not kept and stands in no address or log.",
    "locate_denied": "No position was given. Fill in an address, or tap the map.",
    "locating": "Getting the position …",
    "tap": "Or tap the map where you are (keys: arrows move it, Enter asks for its middle).",
    "map": "Map",
    "map_label": "Map of the service centres",
    "you": "The place you chose",
    "results": "Nearest service centres on foot",
    "results_open": "Nearest open service centres on foot",
    "results_then": "Nearest service centres on foot open {when}",
    "from_place": "From {name}",
    "from_middle": "From the middle of {name}; with a building number it is more exact",
    "from_position": "From your position",
    "not_it": "Not there?",
    "which": "Which one do you mean?",
    "from_whom": "Where is this pair of coordinates from?",
    "nothing": "Nothing was found for “{q}”. Try other words, or tap the map. You can also call a "
    "centre in the list below.",
    "need_place": "Please fill in an address or a place first.",
    "far": "This position is not near {city}. Please give an address in the city.",
    "bad_time": "The time cannot be read. Write it like 2026-10-08 09:30.",
    "bad_position": "The position cannot be read. Fill in an address, or tap the map.",
    "none": "No service centre offers this.",
    "no_city": "No city has been loaded here yet.",
    "walk": "about {fast} min on foot",
    "walk_slow": "about {slow} min at a slow pace",
    "metres": "{n} m",
    "direction": "to the {way}",
    "steps": "Stairs on the way",
    "straight": "No way on foot is known: this is the straight line, the real way is longer.",
    "open": "Open",
    "open_then": "Open then",
    "all_day": "Open all day",
    "closes": "closes {until}",
    "closed": "Closed",
    "opens": "opens {until}",
    "long_closed": "Closed for some time",
    "unknown_hours": "Hours unknown, please call first",
    "today": "today",
    "tomorrow": "tomorrow",
    "next_day": "next day ",
    "off": "closed",
    "whole_day": "all day",
    "make_up": "make-up working day",
    "not_announced": "Next year's holidays are not announced yet; days may be moved.",
    "hours": "Hours of the next seven days",
    "usual_hours": "Usual hours",
    "holidays_differ": "For public holidays and changes scan the code, or call.",
    "address": "Address",
    "phone": "Phone",
    "call": "Call {phone}",
    "no_phone": "No phone on record",
    "services": "Services",
    "step_free": "Step-free access",
    "not_step_free": "No step-free access",
    "details": "Details and poster",
    "regional": "Regional centre",
    "community": "Community centre",
    "night": "Urgent at night",
    "night_at": "The nearest still open at 2 in the morning:",
    "grid": "Your grid",
    "grid_of": "{grid}, {community}, {subdistrict}",
    "grid_none": "This place is in no grid; the dispatch centre answers for it.",
    "duty": "Duty line of the grid",
    "standing_in": " (standing in)",
    "dispatch": "City grid dispatch centre",
    "report": "Report a problem",
    "report_how": "Call the duty line of the grid or the dispatch centre and say where and what. "
    "Write down the number you are given.",
    "report_web": "You can also pick the place on the city map and report it there.",
    "to_city": "Open the city map",
    "follow": "Follow a report",
    "number": "Number",
    "number_hint": "The number you were given",
    "ask": "Look up",
    "no_number": "There is no report “{number}”. Please check the number and try again.",
    "state_of": "Report {number}",
    "reported": "Received",
    "changed": "Last step",
    "all_centres": "All service centres",
    "print": "Print",
    "poster": "Print a poster",
    "poster_words": "Scan for opening hours and the way",
    "back": "Back to the search",
    "privacy": "No account is needed, and the address or position you give is not kept.",
    "review": "Map review number",
    "synthetic": "Synthetic sample",
    "not_found": "There is no service centre “{code}”.",
}

WORDS = {"zh": ZH, "en": EN}

STATES = {
    IncidentState.RECEIVED: ("已收到", "Received"),
    IncidentState.VERIFIED: ("已核实", "Verified"),
    IncidentState.FILED: ("已立案", "Filed"),
    IncidentState.TO_SORT: ("已收到，等待分派", "Received, to be assigned"),
    IncidentState.DISPATCHED: ("已派给承办单位", "Sent to who must act"),
    IncidentState.ACCEPTED: ("正在办理", "Being handled"),
    IncidentState.MEDIATING: ("正在调解", "In mediation"),
    IncidentState.BACKLOG: ("一时办不了，已挂账跟踪", "Cannot be solved soon, kept track of"),
    IncidentState.HANDLED: ("已处置，等待核查", "Handled, to be checked"),
    IncidentState.INSPECTED: ("已核查", "Checked"),
    IncidentState.CLOSED: ("已办结", "Closed"),
    IncidentState.FED_BACK: ("已办结并回访", "Closed, with your feedback"),
    IncidentState.VOID: ("已作废", "Void"),
}

WAYS = (
    ("东边", "east"), ("东北边", "north-east"), ("北边", "north"), ("西北边", "north-west"),
    ("西边", "west"), ("西南边", "south-west"), ("南边", "south"), ("东南边", "south-east"),
)  # fmt: skip

_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def say_day(day: date, lang: str) -> str:
    """Return a date as people say it: 10月8日（周四）, Thu 8 Oct."""
    if lang == "zh":
        return f"{day.month}月{day.day}日（周{_WEEKDAYS_ZH[day.weekday()]}）"
    return f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]}"


def say_weekday(day: date, lang: str) -> str:
    """Return the day of the week: 周四, Thu."""
    weekday = day.weekday()
    return f"周{_WEEKDAYS_ZH[weekday]}" if lang == "zh" else _WEEKDAYS_EN[weekday]


def say_time(at: datetime, today: date, lang: str) -> str:
    """Return a local time as seen from a day: 14:30, 明天 08:30, 10月8日（周四）08:30."""
    clock = f"{at:%H:%M}"
    if at.date() == today:
        return clock
    if at.date() == today + timedelta(days=1):
        return f"{WORDS[lang]['tomorrow']} {clock}"
    return f"{say_day(at.date(), lang)} {clock}"
