"""Articles and what other pages make of them, for the tests of stories: firms, people and figures are invented."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """A headline and what stands below it."""

    title: str
    text: str

    def headed(self, title: str) -> Text:
        """The same below another headline."""
        return Text(title, self.text)

    def edited(self, **changes: str) -> Text:
        """The same with words replaced; each key stands for itself, an underscore for a space."""
        title, text = self
        for old, new in changes.items():
            title, text = (part.replace(old.replace("_", " "), new) for part in (title, text))
        return Text(title, text)

    def around(self, head: str = "", foot: str = "") -> Text:
        """The same between a head and a foot."""
        return Text(self.title, "\n\n".join(filter(None, (head, self.text, foot))))

    def only(self, *paragraphs: int) -> Text:
        """These paragraphs of it, in this order."""
        parts = self.text.split("\n\n")
        return Text(self.title, "\n\n".join(parts[number] for number in paragraphs))


def _joined(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


TAKEOVER = Text(
    "Alderbrook to buy Birchwater Sensors for $3.2 billion",
    _joined(
        "Alderbrook Instruments agreed on Monday to buy Birchwater Sensors for $3.2 billion in cash, the "
        "largest purchase in its 61 years, as makers of measuring gear look for growth outside a weak car "
        "market.",
        "Holders of Birchwater will receive $48 a share, 27 percent above Friday's close. The boards of both "
        "companies have approved the deal and expect it to be completed in the autumn, once regulators in four "
        "countries have had their say.",
        "“We have courted this business for years, and its labor force is the best in the trade,” said Petra "
        "Lindqvist, chief executive of Alderbrook. She expects savings of $110 million a year from the third "
        "year, most of them in purchasing and in the programs that run the test centers.",
        "Shares of Alderbrook fell 4 percent in early trading. Analysts at Corvane Partners called the price "
        "full, and said that the buyer's debt would rise to 3.4 times its earnings before it comes down again.",
        "Birchwater employs 5,200 people at nine sites and makes pressure sensors for pumps, turbines and "
        "hospital beds. Its sales rose 8 percent last year to $940 million.",
    ),
)
TAKEOVER_IN_BRITAIN = Text(
    "Alderbrook snaps up Birchwater in $3.2bn deal",
    TAKEOVER.edited(
        **{
            "$3.2_billion": "$3.2bn", "27_percent": "27%", "labor": "labour", "$110_million": "$110m",
            "programs": "programmes", "centers": "centres", "4_percent": "4 per cent", "8_percent": "8pc",
            "$940_million": "$940m", "“": "'", "”": "'", "5,200": "5200",
        }
    ).text,
)  # fmt: skip
UPDATE = Text(
    "UPDATE 2-Alderbrook to buy Birchwater for $3.2 billion, shares slide",
    _joined(
        TAKEOVER.text,
        "Later in the day a union at Birchwater's plant in Ostrava asked for talks about its 640 members. The "
        "company said that it would meet them on 22 January.",
        "By the close Alderbrook had lost 6.5 percent, its worst day in 14 months.",
    ),
)
OBJECTION = Text(
    "Regulator opens inquiry into Alderbrook's purchase of Birchwater",
    _joined(
        "The competition office said on Wednesday that it had opened an inquiry into the purchase of Birchwater "
        "Sensors by Alderbrook Instruments, and that it would decide within 90 days.",
        "It fears that buyers of pressure sensors for hospital beds would be left with two makers where there "
        "are now three. Alderbrook said that it was confident of approval.",
        TAKEOVER.text.split("\n\n")[4],
    ),
)
CORRECTED = Text(
    "CORRECTED-Alderbrook to buy Birchwater Sensors for $3.2 billion",
    _joined(
        "(Corrects second paragraph to say 25 percent, not 27 percent)",
        TAKEOVER.text.replace("27 percent above", "25 percent above"),
    ),
)


def market_wrap(day: str, *figures: str) -> Text:
    """A daily report on one skeleton: eight figures fill it."""
    a, b, c, d, e, f, g, h = figures
    return Text(
        f"Stocks close higher on {day}",
        _joined(
            f"Stocks closed higher on {day}, as investors weighed the path of interest rates against the latest "
            f"batch of company results. The Calder 100 index rose {a} points, or {b} percent, to end at {c}. The "
            f"broader Calder Composite gained {d} percent.",
            f"Advancing issues outnumbered falling ones by a ratio of {e} to one on the main exchange. Volume "
            f"was {f} million shares. The yield of the ten-year government bond stood at {g} percent, and a "
            f"barrel of crude cost ${h}.",
            "The index is an average of the prices of one hundred companies, weighted by their value. It is "
            "calculated during the hours of trading and settled after the closing auction. Past performance "
            "is no guide to what comes next, and nothing in this report is advice.",
        ),
    )


MONDAY = market_wrap("Monday", "12.3", "0.3", "4,512.3", "0.5", "1.8", "812", "4.12", "71.20")
TUESDAY = market_wrap("Tuesday", "41.7", "0.9", "4,554.0", "1.1", "2.4", "905", "4.15", "70.85")


def rate_decision(rate: str, votes: str, stance: str = "elevated") -> Text:
    """A committee's statement, of which a few words change from one to the next."""
    return Text(
        "Statement of the rate committee",
        _joined(
            "The committee seeks to hold inflation at its goal over the longer run and to support the highest "
            "employment that is consistent with it. Recent indicators suggest that activity has grown at a solid "
            f"pace, and that inflation remains somewhat {stance}.",
            f"In support of its goals the committee decided to set the rate for overnight money at {rate} percent. "
            "It will assess incoming data, the outlook and the balance of risks before it decides on any further "
            "step, and it is prepared to change its course if risks should emerge that could impede its goals.",
            f"Members voted {votes}. The next meeting of the committee is planned as announced, and its minutes "
            "will be published three weeks after the decision.",
        ),
    )


def earnings_stub(firm: str, ticker: str, earned: str, expected: str, sales: str) -> Text:
    """A report written by a machine from four facts."""
    return Text(
        f"{firm} beats estimates",
        f"{firm} ({ticker}) reported quarterly earnings of ${earned} a share, above the ${expected} that analysts "
        f"had expected on average. Sales came to ${sales} million. The report was generated from data supplied by "
        "Quillstone, which collects the estimates of analysts. The shares have moved in line with the market since "
        "the start of the year. What the management says on the call will decide where they go from here, and "
        "readers can find the transcript on the page of the company when the call has ended.",
    )


def fund_notice(fund: str, amount: str) -> Text:
    """A notice of which only the fund and its amount change: the rest is law."""
    return Text(
        "Monthly distribution declared",
        _joined(
            f"{fund} Fund today declared a monthly distribution of ${amount} a share. {fund} Fund pays on the last "
            f"business day of the month. Holders of {fund} Fund may reinvest what they receive.",
            "The fund is managed by Torrance Vale Advisers, which looks after $41 billion for 12 pension plans. It "
            "was formed in 1987 under the Investment Companies Act and is listed on the Calder Exchange. A "
            "distribution may come from income, from gains, or from the capital of the fund, and no holder should "
            "draw a conclusion about its results from the amount. Shares of funds of this kind often trade below "
            "their net asset value.",
            "This notice is for information only. It is not an offer to sell, nor a request for an offer to buy. "
            "The net asset value will move with the markets, and shares may be worth more or less than they cost "
            "when they are sold. Investors should read the prospectus with care, in which objectives, risks, "
            "charges and expenses are described, and which can be had from Torrance Vale Advisers or from any bank "
            "that sells the fund. Statements about the future are beliefs of the managers at the time of writing, "
            "and they may turn out to be wrong.",
        ),
    )


ON_A_WIRE = TAKEOVER.around(
    "OSTRAVA--(TRADE WIRE)--Regulatory news, for immediate release, not for distribution in any country in "
    "which that would be against the law.",
    "Contacts: Press office of Alderbrook Instruments. View source version on tradewire.example.",
)
ON_AN_EXCHANGE = TAKEOVER.around(
    "RNS Number 4512K. Calder Exchange, company announcements service, 12 January 2026, 7:02 am.",
    "This information is provided by the news service of the Calder Exchange. Terms of use apply; see the "
    "privacy policy of the exchange. END",
)
FOOTER = (
    "Subscribe to Harborline Markets for full access to every story, chart and newsletter. You can change or end "
    "your subscription at any time in the settings of your account. Harborline Markets is a registered mark of "
    "Harborline Publishing. Quotes are delayed by at least fifteen minutes and are provided by Quillstone. "
    "By using this site you agree to the terms of service, to the privacy policy and to the use of cookies. "
    "Opinions are those of their authors and do not reflect those of Harborline Publishing or of its owners. "
    "Nothing here is advice to buy or to sell a security. Readers who need help may write to the service desk "
    "on working days, which answers within a day. All rights reserved, and no part of this page may be copied, "
    "stored or passed on without written leave of the publisher, save for short quotations in a review."
)
OWN_FOOT = "Harborline Markets is a mark of Harborline Publishing, which has offices in 3 cities. © 2026."
BREAD = Text(
    "Castellan Foods raises its bread prices",
    "Castellan Foods will raise the price of bread next month. The baker blames dearer flour and labor, and "
    "says that its rivals will have to follow.",
)
STRIKE = Text(
    "Dunmore Rail strike called off",
    "A strike at Dunmore Rail has been called off. The union accepted an offer late on Sunday, after talks that "
    "went on through the night, and trains will run as planned.",
)
OATS = Text(
    "Harvest report: oats plentiful",
    "Growers of oats expect a rich harvest, the farm office says in its monthly report. Rain fell when it was "
    "needed in all provinces, and mills in Velmoor are already short of storage.",
)
BRIEFS = Text("Morning briefs", "\n\n".join(item.text for item in (OATS, BREAD, STRIKE)))
COLUMN = Text(
    "Tarn's quick answers: Castellan has the better ovens",
    "The bell has rung, and Odile Tarn answers callers' questions about their favorite stocks as fast as she can on "
    "“Loose Change”, her show about money.",
)
SYMPATHY = Text(
    "Harborline movers",
    "Shares of several industrial companies are trading higher in sympathy with the overall market, as equities "
    "gain amid hopes that trade between the two countries will recover sooner than had been feared, and after "
    "Dunmore and Castellan said that their customers had begun to order again.",
)
SCREEN = Text(
    "", "Five small companies in the building materials industry with the highest profit margin this quarter"
)
