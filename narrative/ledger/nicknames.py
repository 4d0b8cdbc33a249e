"""Short forms of given names, so that "Mike Wilson" and "Michael Wilson" of one firm are one voice."""

from __future__ import annotations

_GROUPS = """
abigail abby | abraham abe | albert al bert | alexander alex alec sandy | alexandra alex alexa | alfred al
fred | alison allison ali | amanda mandy | andrew andy drew | angela angie | anthony antony tony | arthur
art | barbara barb | benjamin ben benny | bernard bernie | beverly bev | bradley brad | brian bryan | calvin
cal | cameron cam | caroline carolyn carrie | catherine katherine kathryn cathy kathy kate katie cate kat |
charles charlie chuck | christina christine chris tina christy | christopher chris kit | cynthia cindy |
daniel dan danny | danielle dani | david dave davey | deborah debra deb debbie | dennis denny | dominic dom
| donald don donny | dorothy dot | douglas doug | edward ed eddie ted ned | edwin ed | eleanor ellie nell |
elizabeth liz beth betsy betty eliza lizzie | emily em | eugene gene | francis frank fran | frances fran |
franklin frank | frederick fred freddie rick | gabriel gabe | gabrielle gabby | gerald gerry jerry |
geoffrey jeffrey geoff jeff | george georgie | gilbert gil | gregory greg | harold hal harry | harrison
harry | henry hank harry | herbert herb | howard howie | isaac ike | jacob jake | jacqueline jackie | james
jim jimmy jamie | janet jan | jason jay | jennifer jen jenny | jeremiah jeremy jerry | jessica jess jessie |
joanna joanne jo | john johnny jack jon | jonathan jon jonny | joseph joe joey | joshua josh | judith judy |
julia julie | kenneth ken kenny | kevin kev | kimberly kim | kristopher kris | kristina kristine kris |
lauren laurie | laurence lawrence larry | leonard leo len lenny | leslie les | louis lewis lou | lucille
lucy | lynn lynne | marcus marc mark | margaret maggie meg peggy marge | martin marty | matthew matt |
maurice moe | maximilian max | megan meg | melissa mel lissa | michael mike mick mickey mikey | michelle
shelly | mitchell mitch | mohammed mohamed muhammad mo | morris moe | nancy nan | natalie nat | nathan nate
nat | nathaniel nate nat | nicholas nicolas nick nicky | nicole nikki | norman norm | oliver ollie | pamela
pam | patricia pat patty trish tricia | patrick pat paddy | paul paulie | penelope penny | peter pete |
philip phillip phil | rachel rach | raymond ray | rebecca becky becca | reginald reg reggie | richard rich
rick ricky dick | robert rob bob bobby robbie bert | roberta bobbie | rodney rod | roger rog | ronald ron
ronnie | rosemary rose | russell russ | samantha sam sammy | samuel sam sammy | sebastian seb | sharon shari
| sidney sydney sid syd | stanley stan | stephanie steph | stephen steven steve stefan | stewart stuart stu
| susan suzanne sue susie | terence terrance terry | theodore ted teddy theo | theresa teresa terry tess |
thomas tom tommy | timothy tim timmy | tobias toby | valerie val | vanessa ness | victor vic | victoria
vicky tori | vincent vince vinny | virginia ginny | walter walt wally | wesley wes | wilfred wilf | william
will bill billy willy liam | zachary zach zack
"""

_MEMBERSHIP: dict[str, set[int]] = {}
for _number, _group in enumerate(_GROUPS.split("|")):
    for _name in _group.split():
        _MEMBERSHIP.setdefault(_name, set()).add(_number)


def same_given(a: str, b: str) -> bool:
    """Return whether two lower-case given names can be one: equal, an initial, or forms of one name."""
    if a == b:
        return True
    if len(a) == 1 or len(b) == 1:
        return a[0] == b[0]
    return bool(_MEMBERSHIP.get(a, set()) & _MEMBERSHIP.get(b, set()))
