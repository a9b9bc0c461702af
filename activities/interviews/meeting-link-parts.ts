import { parseUrl } from '../../common/parse-url.js';
import { decodeOnce, type LinkParts } from './meeting-link-shapes.js';

/** Longest link that is looked at; a Teams link in three wrappers has about 3,000 characters. */
const longestLink = 6_000;

/**
 * Takes a link apart. Null for what is no link of the web or of a meeting program, has a user name, a
 * port or letters beyond ASCII in its host, or is longer than 6,000 characters.
 */
export function takeApart(link: string): LinkParts | null {
  if (link.length > longestLink) {
    return null;
  }
  const written = link
    .replace(/^zoom(?:mtg|us):/i, 'https:')
    .replace(/^msteams:(?:\/\/teams\.microsoft\.com)?\/(?!\/)/i, 'https://teams.microsoft.com/');
  const authority = /^https?:\/\/([^/?#\\]*)/i.exec(written)?.[1] ?? '';
  // Checked as written: a parser hides an empty user name and turns look-alike letters into ASCII.
  if (!/^[A-Za-z0-9.-]+(?::\d+)?$/.test(authority)) {
    return null;
  }
  const url = parseUrl(written);
  if (url === null || url.port !== '') {
    return null;
  }
  return {
    host: url.hostname.replace(/\.$/, ''),
    segments: url.pathname === '/' ? [] : url.pathname.replace(/^\/|\/$/g, '').split('/'),
    query: queryOf(url.search),
    fragment: url.hash.slice(1),
    written,
  };
}

/** First value of each name; not `URLSearchParams`, which reads a plus sign as a blank. */
function queryOf(search: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of search.replace(/^\?/, '').split('&')) {
    const [name = '', ...rest] = pair.split('=');
    const value = decodeOnce(rest.join('='));
    if (value !== null && !query.has(name)) {
      query.set(name, value);
    }
  }
  return query;
}
