/** What advertisers pay for: spent against planned, and terms that can be changed; for who has a key that may. */

import { Failure, getSpending, listCampaigns, putCampaign } from "./api.js";
import { spendingChart } from "./chart.js";
import { element } from "./element.js";
import { say } from "./notices.js";
import { address, heading } from "./router.js";
import { failedState } from "./states.js";

const OBJECTIVES = { impressions: "a view", clicks: "a click", conversions: "a conversion" };
const TOLD = ["campaign_id", "spent", "planned", "pace"]; // what the service says, and nobody sets

export function campaignsView() {
  const body = element("div", { class: "view" });
  const load = async () => {
    body.replaceChildren(heading("Campaigns"));
    try {
      const campaigns = await listCampaigns();
      const rows = await Promise.all(campaigns.map(async (one) => row(one, await getSpending(one.campaign_id))));
      body.append(
        rows.length
          ? element("ul", { class: "entries campaigns", role: "list" }, rows)
          : element("p", { class: "lead" }, "Nobody advertises yet. PUT /v1/campaigns/NAME starts a campaign."),
      );
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      body.append(failedState(error, load));
    }
  };
  return { title: "Campaigns", place: null, element: body, entered: load };
}

const until = (time_s) => new Date(time_s * 1000).toLocaleDateString("en-GB", { dateStyle: "medium" });

function stateOf({ active, spent, bid, budget, starts_s, ends_s }) {
  const now_s = Date.now() / 1000;
  if (!active) return "stopped";
  if (now_s >= ends_s) return `ended ${until(ends_s)}`;
  if (spent + bid > budget) return "its budget is spent";
  return now_s < starts_s ? `starts ${until(starts_s)}` : `runs until ${until(ends_s)}`;
}

function row(one, points) {
  const { campaign_id: id, item_id: item, advertiser_id: advertiser } = one;
  const amount = (name, value) =>
    element("label", {}, `${name} `, element("input", { type: "number", name, min: 1, step: 1, required: true, value }));
  const wrong = element("span", { class: "wrong", role: "alert" });
  const terms = Object.fromEntries(Object.entries(one).filter(([name]) => !TOLD.includes(name)));
  const change = async (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    const active = event.submitter.value === "toggle" ? !one.active : one.active;
    const [bid, budget] = [Number(given.get("bid")), Number(given.get("budget"))];
    try {
      const changed = await putCampaign(id, { ...terms, bid, budget, active });
      made.replaceWith(row(changed, await getSpending(id)));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      wrong.textContent = error.message;
      return;
    }
    say(`${id} is changed.`);
  };
  const submit = (value, words) =>
    element("button", { class: "button small", type: "submit", value }, element("span", {}, words));
  const made = element(
    "li",
    { "aria-label": id },
    element("a", { href: address(["item", item]) }, element("img", { src: `/v1/items/${encodeURIComponent(item)}/picture`, alt: item })),
    element(
      "p",
      {},
      element("b", {}, id),
      ` of ${advertiser}, ${stateOf(one)}`,
      element("br"),
      `${one.spent} of ${one.budget} spent, ${one.planned} planned by now; at most ${one.bid} for ${OBJECTIVES[one.objective]}, ${Math.round(one.pace * 100)} % of it takes part`,
    ),
    spendingChart(points, one.budget),
    element(
      "form",
      { class: "row", onsubmit: change },
      amount("bid", one.bid),
      amount("budget", one.budget),
      submit("change", "Change"),
      submit("toggle", one.active ? "Stop" : "Start"),
      wrong,
    ),
  );
  return made;
}
