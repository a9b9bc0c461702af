import { decodeOnce, type LinkParts } from './meeting-link-shapes.js';

const hosts = new Set(['urldefense.proofpoint.com', 'urldefense.com']);
const thirdVersion = /^https?:\/\/[^/]+\/v3\/__(.+)__;([A-Za-z0-9_-]*)={0,2}!/i;
const runLengths = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Proofpoint URL Defense, all three versions as its published decoder reads them. The third one keeps
 * the link readable and puts an asterisk in place of what a mail could break: each takes one byte of
 * a list, `**A` takes two, `**B` three and so on.
 */
export function proofpointTarget({ host, segments, query, written }: LinkParts): string | null {
  if (!hosts.has(host)) {
    return null;
  }
  const [version, page] = segments;
  if (version === 'v3') {
    return thirdVersionTarget(written);
  }
  const escaped = segments.length === 2 && page === 'url' ? query.get('u') : undefined;
  if (escaped === undefined) {
    return null;
  }
  if (version === 'v1') {
    return escaped;
  }
  return version === 'v2' ? decodeOnce(escaped.replaceAll('-', '%').replaceAll('_', '/')) : null;
}

function thirdVersionTarget(link: string): string | null {
  const [, template, list] = thirdVersion.exec(link) ?? [];
  if (template === undefined || list === undefined) {
    return null;
  }
  const bytes = Buffer.from(list, 'base64url');
  let used = 0;
  const parts: Buffer[] = [];
  let copied = 0;
  for (const match of template.matchAll(/\*(?:\*([A-Za-z0-9_-]))?/g)) {
    const length = match[1] === undefined ? 1 : runLengths.indexOf(match[1]) + 2;
    parts.push(Buffer.from(template.slice(copied, match.index)));
    parts.push(bytes.subarray(used, used + length));
    copied = match.index + match[0].length;
    used += length;
  }
  if (used > bytes.length) {
    return null;
  }
  parts.push(Buffer.from(template.slice(copied)));
  // Some mail programs make one slash of two.
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/^(https?:\/)(?!\/)/i, '$1/');
}
