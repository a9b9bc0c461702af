/** Longest text that is searched; what people write into a location is far shorter. */
const longestText = 20_000;

/** Hosts that people also write without a scheme. */
const schemelessHosts = [
  String.raw`(?:[a-z0-9-]+\.)*(?:zoom\.us|zoomgov\.com)`,
  String.raw`zoom\.com`,
  String.raw`meet\.google\.com`,
  String.raw`teams\.microsoft\.com`,
  String.raw`teams\.live\.com`,
  String.raw`[a-z0-9-]+\.webex\.com`,
  String.raw`(?:[a-z0-9-]+\.)?whereby\.com`,
  String.raw`meet\.jit\.si`,
].join('|');

/** Also where a browser may break a long word. */
const invisible = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]|<wbr ?\/?>/gi;
const href = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))/gi;
/** Needs a blank, a slash or the end after the name, so that `<https://…>` of plain mails stays. */
const tag = /<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?\/?>/gi;
const rawTeamsContext =
  /https?:\/\/[a-z.]+\/l\/meetup-join\/[^\s<>"'`]{1,600}\?context=\{[^{}\s<>]{1,400}\}/gi;
const scheme = /(?:https?|zoommtg|zoomus):\/\/|msteams:\//gi;
const schemeless = new RegExp(`^(?:.*?[([{,;:])?((?:${schemelessHosts})/.*)$`, 'i');
/** Properties of a calendar file; nobody writes these words in capitals at the start of a line. */
const calendarLine =
  /^(?:BEGIN|CONFERENCE|DESCRIPTION|LOCATION|SUMMARY|URL|X-[A-Z0-9-]{1,60})[;:]/m;
const trailing = /[()\].,;:!?>}*_'"»”]$/;

const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/**
 * The ways to read a text, best first; the next one is only for a text that gave nothing. A calendar
 * file breaks its lines anywhere and begins the rest with a blank (RFC 5545, 3.1), but in other texts
 * such a line is only indented.
 */
export function readingsOf({ text }: { text: string }): string[] {
  const written = text.slice(0, longestText);
  const unfolded = written.replace(/\r?\n[ \t]/g, '');
  if (unfolded === written) {
    return [written];
  }
  return calendarLine.test(written) ? [unfolded, written] : [written, unfolded];
}

/**
 * What may be a link in a free text (plain, HTML or Markdown), `href` values first: each with a
 * scheme, still with what follows it. `trimmedForms` gives the readings to try, longest first.
 */
export function linkCandidates({ text }: { text: string }): string[] {
  const visible = unescapeText(text.slice(0, longestText)).replace(invisible, '');
  const found: string[] = [];
  for (const match of visible.matchAll(href)) {
    found.push(...candidatesOf(decodeEntities(match[1] ?? match[2] ?? match[3] ?? '')));
  }
  found.push(...candidatesOf(decodeEntities(visible.replace(tag, textOfTag))));
  return found;
}

/** A candidate as written, then with one character of closing punctuation less each time. */
export function trimmedForms({ candidate }: { candidate: string }): string[] {
  const forms = [candidate];
  let rest = candidate;
  while (forms.length < 12 && trailing.test(rest)) {
    rest = rest.slice(0, -1);
    forms.push(rest);
  }
  return forms;
}

/** Nothing, unless it is a remark in angle brackets: an attribute does not begin with a scheme. */
function textOfTag(written: string): string {
  return /\shttps?:\/\//i.test(written) ? ` ${written.slice(1, -1)} ` : ' ';
}

function candidatesOf(text: string): string[] {
  const found: string[] = [];
  // Its JSON has quotes, on which everything else is cut.
  const rest = text.replace(rawTeamsContext, (whole) => {
    found.push(whole);
    return ' ';
  });
  for (const token of rest.split(/[\s<>"'`|]+/)) {
    found.push(...urlsOf(token));
  }
  return found;
}

/** The links of one token; a link inside the query or path of another one is not one of them. */
function urlsOf(token: string): string[] {
  const starts: number[] = [];
  for (const match of token.matchAll(scheme)) {
    const before = token[match.index - 1];
    const isStart =
      starts.length === 0
        ? before === undefined || !/[A-Za-z0-9@./%=&?#_+~-]/.test(before)
        : before !== undefined && /[,;()\]]/.test(before);
    if (isStart) {
      starts.push(match.index);
    } else if (starts.length === 0) {
      return [];
    }
  }
  if (starts.length === 0) {
    const host = schemeless.exec(token)?.[1];
    return host === undefined ? [] : [`https://${host}`];
  }
  return starts.map((start, index) => token.slice(start, starts[index + 1]));
}

/** Line breaks and punctuation as calendar files and Markdown escape them; links have no backslash. */
function unescapeText(text: string): string {
  return text.replace(/\\(?:n|[,;_])/gi, (pair) =>
    pair.toLowerCase() === '\\n' ? '\n' : pair.slice(1),
  );
}

/** Decodes the entities that mail programs and editors write, once. */
function decodeEntities(text: string): string {
  return text.replace(
    /&(?:([a-z]{2,4})|#(\d{1,6})|#x([0-9a-f]{1,5}));/gi,
    (whole, name, dec, hex) => {
      if (name !== undefined) {
        return entities[String(name).toLowerCase()] ?? whole;
      }
      const code = dec === undefined ? Number.parseInt(hex, 16) : Number.parseInt(dec, 10);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
