// What was begun and not sent: of a battery that died, too. It is safe on the phone, and must be seen to be.
import { t } from "./words.js";

const begun = (one) => one.media.length > 0 || Boolean(one.words?.trim()) || (one.answer ?? null) !== null;

// Each kind of draft: how its name begins, where one goes on with it, what it is called.
const KINDS = [
  ["task:", (one) => `#/task/${encodeURIComponent(one.task)}`, (one) => one.title],
  ["correct:", (one) => `#/correct/${one.uuid}`, (one) => one.thing || one.title],
  ["", (one) => `#/report/${one.uuid}`, (one) => one.words.trim() || (one.component ? one.name : "")],
];

// {link, title, at, thumb} of each, the latest first.
export function unsent(drafts, person) {
  const mine = drafts.filter((one) => one.person === person && begun(one));
  return mine.sort((a, b) => b.at - a.at).map((one) => {
    const [, link, title] = KINDS.find(([name]) => one.uuid.startsWith(name));
    return { link: link(one), title: title(one) || t("草稿"), at: one.at, thumb: one.media.find((shot) => shot.thumb)?.thumb };
  });
}
