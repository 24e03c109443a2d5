"""Ads: what an ad is worth to the person who sees it and to who pays for it, and which ads win the slots of a page.

Not for prices that people pay, credit, housing or jobs, nor to tell apart people by what a law protects.
"""

from components.system import System

SYSTEM = System(
    __name__,
    tables={
        "ad_impressions": (
            "impression_id",
            "user_id",
            "ad_id",
            "campaign_id",
            "advertiser_id",
            "surface",
            "position",
            "features",
            "weight",
            "click",
            "conversion",
            "time_s",
            "delay_s",
            "split",
        )
    },
    route="ads",
)
