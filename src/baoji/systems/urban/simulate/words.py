"""What people of the simulated city write and say."""

from random import Random

SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
REPORTED = (
    "{place}，{what}",
    "巡查至{place}发现：{what}",
    "{place}附近{what}，请尽快处理",
    "{place}门前{what}",
    "{place}人行道旁{what}",
)
CALLED = (
    "来电人反映{place}附近{what}，已经好几天了",
    "市民反映{place}{what}，影响出行",
    "来电反映{place}有{what}的情况，希望尽快处理",
    "市民称{place}{what}，要求回复",
)
ANSWERED = (
    "已到现场处置完毕",
    "已清理干净，现场已恢复",
    "已修复，恢复正常使用",
    "经处置，问题已消除",
    "已派班组处理，现场完成",
)
ANSWERED_AGAIN = ("已按要求重新处置", "二次处置完成，请再核查", "对遗留问题已补充处理")
RETURNED = (
    "不属于本单位职责范围，请改派",
    "经现场查看，权属不在我单位",
    "该路段由其他单位养护，请核对后改派",
)
SEND_BACK = ("照片看不出处置结果，请重新提交", "现场仍有遗留，请继续处置", "回复内容与问题不符，请核对")
REFUSED_RETURN = ("按责任清单属于贵单位，请继续处置", "职责清楚，退回理由不成立")
REFER_BACK = ("立案类别与现场不符，请核对后重新立案", "立案条件选择有误，退回修改")
RECALLED = ("派遣单位选择有误，撤回改派", "同一问题已有单位在处置，撤回")
REJECTED = ("不在城市管理受理范围", "描述不清且无法联系，不予受理", "属于居民小区内部事务，建议联系物业")
DECLINED = ("现场未发现所报问题", "未达到立案条件", "问题轻微，已现场告知整改")
SETTLED = ("已电话答复办理方法", "咨询类，已当场解答", "已告知所属物业，来电人认可")
SELF_DISPOSED = ("采集员已自行处置", "小问题已当场处理好")
WITHDRAWN = ("位置报错了，撤回重报", "问题已自行消失", "重复上报，撤回")
EXTEND = ("材料采购需要时间，申请延期", "施工需避开早晚高峰，申请延期", "涉及产权协调，申请延期")
SUSPEND = ("冬季不具备施工条件，申请挂账", "列入年度改造计划，申请挂账", "需征收拆迁配合，申请挂账")
VOIDED = ("误立案，作废处理", "测试上报，作废")
REOPENED = ("问题再次出现，要求重新办理", "处置不彻底，请重新办理", "来电人不认可处理结果")
APPEALED = ("因天气原因超期，申请剔除", "责任不清反复派遣造成超期", "非本单位原因返工，申请复议")
SUPERVISED = ("请尽快处置并说明原因", "群众反映强烈，请限期办结", "多次催办未果，予以督办")
REPLIED = ("已安排专人负责，今日完成", "正在组织施工，将按期完成", "已与权属单位协调，尽快处置")
NOT_FIXED = ("现场问题依旧存在", "只处理了一部分，仍有遗留", "恢复不到位，不符合结案条件")
FIXED = ("现场已处置好", "与结案条件一致", "问题已消除")
FOUND = ("现场情况属实", "核实属实，已拍照", "情况与上报一致")
NOT_FOUND = ("现场未发现上报的问题", "问题已不存在")
OPINIONS = ("请注意该路段近期多发", "建议纳入重点巡查", "已与属地沟通", "该点位反复出现，建议长效管理")
FILE_ANYWAY = "来电人提供了照片，问题间歇出现，仍予立案"
FORCED = ("长期无法处置，经批准强制结案", "权属灭失，强制结案")
BY_NOTICE = ("已书面告知权属人整改", "处置需较长周期，已告知上报人")
ARBITRATED = ("经现场会商，由该单位负责处置", "按属地兜底原则处置")


def report(rng: Random, place: str, what: str) -> str:
    return rng.choice(REPORTED).format(place=place or "路边", what=what)


def call(rng: Random, place: str, what: str) -> str:
    return rng.choice(CALLED).format(place=place or "我家附近", what=what)


def caller(rng: Random) -> tuple[str, str]:
    """A name and a number; numbers behind 0917-00 belong to nobody."""
    return rng.choice(SURNAMES) + rng.choice(("先生", "女士")), f"0917-00{rng.randrange(100_000):05d}"
