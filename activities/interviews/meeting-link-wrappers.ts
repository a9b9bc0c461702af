import { takeApart } from './meeting-link-parts.js';
import { decodeOnce, type LinkParts } from './meeting-link-shapes.js';
import { proofpointTarget } from './meeting-link-wrappers-proofpoint.js';
import { teamsTarget } from './meeting-link-wrappers-teams.js';

/** Wrappers within wrappers; more than this is no link that a mail system made. */
const deepest = 5;

/**
 * Endings of Google's search domain, so that nobody else's `www.google.…` is taken for it; from the
 * list that Google publishes under `/supported_domains`.
 */
const googleEndings = new Set(
  (
    'com ad ae com.af com.ag al am co.ao com.ar as at com.au az ba com.bd be bf bg com.bh bi bj ' +
    'com.bn com.bo com.br bs bt co.bw by com.bz ca cd cf cg ch ci co.ck cl cm cn com.co co.cr ' +
    'com.cu cv com.cy cz de dj dk dm com.do dz com.ec ee com.eg es com.et fi com.fj fm fr ga ge ' +
    'gg com.gh com.gi gl gm gr com.gt gy com.hk hn hr ht hu co.id ie co.il im co.in iq is it je ' +
    'com.jm jo co.jp co.ke com.kh ki kg co.kr com.kw kz la com.lb li lk co.ls lt lu lv com.ly ' +
    'co.ma md me mg mk ml com.mm mn com.mt mu mv mw com.mx com.my co.mz com.na com.ng com.ni ne ' +
    'nl no com.np nr nu co.nz com.om com.pa com.pe com.pg com.ph com.pk pl pn com.pr ps pt com.py ' +
    'com.qa ro ru rw com.sa com.sb sc se com.sg sh si sk com.sl sn so sm sr st com.sv td tg co.th ' +
    'com.tj tl tm tn to com.tr tt com.tw co.tz com.ua co.ug co.uk com.uy co.uz com.vc co.ve co.vi ' +
    'com.vn vu ws rs co.za co.zm co.zw cat'
  ).split(' '),
);

const safeLinks = /^[a-z0-9-]+\.safelinks\.protection\.(?:outlook\.com|office365\.us)$/;

type WrapperRule = (parts: LinkParts) => string | null;

const wrappers: WrapperRule[] = [
  safeLinksTarget,
  proofpointTarget,
  googleTarget,
  barracudaTarget,
  ciscoTarget,
  slackTarget,
  teamsTarget,
];

/**
 * What the link checkers of mail systems and the pages before a meeting carry inside, never by asking
 * them: a redirector that keeps its target to itself (shorteners, click trackers) is not unwrapped.
 * Only exact hosts count; the result is as untrusted as the link was.
 *
 * @returns the innermost link; null when nothing was wrapped, or deeper than five levels
 */
export function unwrapLink(link: LinkParts): string | null {
  let inner: string | null = null;
  let parts = link;
  for (let level = 0; level < deepest; level += 1) {
    const target = targetOf(parts);
    if (target === null) {
      return inner;
    }
    inner = target;
    const next = takeApart(target);
    if (next === null) {
      return inner;
    }
    parts = next;
  }
  return targetOf(parts) === null ? inner : null;
}

function targetOf(parts: LinkParts): string | null {
  for (const wrapper of wrappers) {
    const target = wrapper(parts);
    if (target !== null) {
      return target;
    }
  }
  return null;
}

function safeLinksTarget({ host, query }: LinkParts): string | null {
  return safeLinks.test(host) ? (query.get('url') ?? null) : null;
}

function googleTarget({ host, segments, query }: LinkParts): string | null {
  const isGoogle = host.startsWith('www.google.') && googleEndings.has(host.slice(11));
  return isGoogle && isPath(segments, 'url') ? (query.get('q') ?? query.get('url') ?? null) : null;
}

function barracudaTarget({ host, segments, query }: LinkParts): string | null {
  const isBarracuda = host === 'linkprotect.cudasvc.com' && isPath(segments, 'url');
  return isBarracuda ? (query.get('a') ?? null) : null;
}

function ciscoTarget({ host, segments }: LinkParts): string | null {
  const [, escaped] = segments;
  return host === 'secure-web.cisco.com' && segments.length === 2 && escaped !== undefined
    ? decodeOnce(escaped)
    : null;
}

function slackTarget({ host, segments, query }: LinkParts): string | null {
  const isSlack = host === 'slack-redir.net' && isPath(segments, 'link');
  return isSlack ? (query.get('url') ?? null) : null;
}

function isPath(segments: string[], only: string): boolean {
  return segments.length === 1 && segments[0] === only;
}
