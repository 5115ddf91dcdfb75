// 我报的: what became of it, and why where it was turned down; the same of findings about components.
import { icon, make } from "../../dom.js";
import { all } from "../outbox.js";
import { about, t } from "../words.js";
import { call, Offline, Refusal } from "../net.js";
import { fetchMine } from "../work.js";
import { empty, moment, note, problem, stale } from "./parts.js";

const WORDS = { waiting: "等人审", accepted: "已采纳", refused: "没有采纳" };
const STATUS = { moved: "位置不对", class: "类别不对", missing: "找不到了", new: "台账里没有", state: "状态不对" };

export async function mineView(app, number = "") {
  if (number) return one(number);
  const [found, fresh] = await fetchMine();
  const { items = [], corrections = [] } = found ?? {};
  return {
    title: t("我报的"),
    back: app.home === "mine" ? "" : "#/me",
    content: [
      ...(fresh ? [] : [stale()]),
      ...(items.length ? [make("ul", { class: "task-list" }, ...items.map(line))] : [empty(icon("clipboard-list"), t("还没有报过"), t("报过的和处理结果会出现在这里"))]),
      ...(corrections.length ? [make("h2", {}, t("部件纠错")), make("ul", { class: "task-list" }, ...corrections.map(finding))] : []),
    ],
  };
}

const tag = (word, bad) => make("span", { class: `tag${bad ? " tag-hot" : ""}` }, word);

function line(row) {
  return make("li", {}, make("a", { class: "task-line", href: `#/mine/${encodeURIComponent(row.number)}` }, make("span", { class: "task-what" },
    make("span", { class: "line" }, make("b", {}, row.title || row.number), tag(row.word, row.is_bad)),
    row.address ? make("span", { class: "sub" }, row.address) : "",
    row.why ? make("span", { class: row.is_bad ? "why" : "sub" }, row.is_bad ? t("理由：{why}", row) : row.why) : "",
    make("span", { class: "sub" }, `${moment(row.at)} · `, make("span", { class: "number" }, row.number)))));
}

function finding(row) {
  return make("li", {}, make("span", { class: "task-line" }, make("span", { class: "task-what" },
    make("span", { class: "line" }, make("b", {}, about(t(STATUS[row.kind]), row.thing)), tag(t(WORDS[row.status]), row.status === "refused")),
    row.reason ? make("span", { class: row.status === "refused" ? "why" : "sub" }, t("理由：{why}", { why: row.reason })) : "",
    make("span", { class: "sub" }, moment(row.at)))));
}

// One report, with what it brought: pictures to look at, recordings to listen to.
async function one(number) {
  const [found] = await fetchMine();
  const row = (found?.items ?? []).find((other) => other.number === number);
  const content = row ? [make("ul", { class: "task-list" }, line(row))] : [];
  try {
    const { body } = await call("GET", `/api/v1/cases/${encodeURIComponent(number)}`);
    if (body.description) content.push(make("p", {}, body.description));
    const of = (kind) => (body.attachments ?? []).filter((file) => file.kind === kind);
    content.push(make("div", { class: "shots" }, ...of("photo").map((file) => make("figure", { class: "shot" }, make("img", { src: file.thumbnail ?? file.url, alt: t("照片"), loading: "lazy" })))));
    for (const file of of("voice")) content.push(make("audio", { controls: true, preload: "none", src: file.url, class: "w-100", "aria-label": t("录音") }));
    content.push(make("a", { class: "btn btn-plain", href: `/field/mine/${encodeURIComponent(number)}/` }, icon("list-details"), t("全部经过，撤回、再申请")));
  } catch (fault) {
    if (!(fault instanceof Offline || fault instanceof Refusal)) throw fault;
    content.push(...(fault instanceof Offline ? await sentFromHere(number) : [problem(fault.message)]));
  }
  return { title: t("我报的"), back: "#/mine", content };
}

// Without a network: what this phone itself had sent for it.
async function sentFromHere(number) {
  const sent = (await all()).find((one) => one.type === "report" && one.number === number);
  const shots = (sent?.media ?? []).filter((one) => one.thumb);
  return [
    ...(sent?.body.description ? [make("p", {}, sent.body.description)] : []),
    ...(shots.length ? [make("div", { class: "shots" }, ...shots.map((one) => make("figure", { class: "shot" }, make("img", { src: one.thumb, alt: t("照片") }))))] : []),
    note(icon("cloud-off"), shots.length ? t("没有网络，大图和经过有网再看") : t("没有网络，照片和经过有网再看")),
  ];
}
