import { findMeetingLink } from '../../../activities/interviews/meeting-link.js';
import { takeApart } from '../../../activities/interviews/meeting-link-parts.js';
import { unwrapLink } from '../../../activities/interviews/meeting-link-wrappers.js';
import { plainRooms } from './meeting-link-vectors.js';
import { teamsWraps, type Wrap, wraps } from './wrapping.js';

const zoom = 'https://us02web.zoom.us/j/84012345678?pwd=Q1w2E3r4T5y6U7i8.1';
const safeLinks = wraps['Safe Links'] as Wrap;
const proofpoint = wraps['Proofpoint v3'] as Wrap;

function find(text: string) {
  return findMeetingLink({ texts: [text] });
}

/** The innermost link of what is wrapped. */
function inner(link: string): string | null {
  const parts = takeApart(link);
  return parts === null ? null : unwrapLink(parts);
}

function times(count: number, wrap: Wrap, url: string): string {
  return count === 0 ? url : times(count - 1, wrap, wrap(url));
}

describe('wrappers that are none', () => {
  const target = encodeURIComponent(zoom);
  it.each([
    [
      'a suffix after Safe Links',
      `https://eur01.safelinks.protection.outlook.com.evil.example/?url=${target}`,
    ],
    ['a prefix before Safe Links', `https://evilsafelinks.protection.outlook.com/?url=${target}`],
    ['Safe Links without a region', `https://safelinks.protection.outlook.com/?url=${target}`],
    [
      'a user name before Safe Links',
      `https://a@eur01.safelinks.protection.outlook.com/?url=${target}`,
    ],
    [
      'a port after Safe Links',
      `https://eur01.safelinks.protection.outlook.com:444/?url=${target}`,
    ],
    [
      'another name for the target',
      `https://eur01.safelinks.protection.outlook.com/?target=${target}`,
    ],
    ['a suffix after Proofpoint', `https://urldefense.com.evil.example/v3/__${zoom}__;!!a!b$`],
    ['a prefix before Proofpoint', `https://evilurldefense.com/v3/__${zoom}__;!!a!b$`],
    ['a subdomain of Proofpoint', `https://www.urldefense.com/v3/__${zoom}__;!!a!b$`],
    ['a fourth version of Proofpoint', `https://urldefense.com/v4/url?u=${target}`],
    ['Google’s name at a stranger', `https://www.google.evil.example/url?q=${target}`],
    ['Google’s name under an ending that is not Google’s', `https://www.google.zz/url?q=${target}`],
    ['another service of Google', `https://sites.google.com/url?q=${target}`],
    ['another page of Google', `https://www.google.com/search?q=${target}`],
    ['a suffix after Barracuda', `https://linkprotect.cudasvc.com.evil.example/url?a=${target}`],
    ['a suffix after Cisco', `https://secure-web.cisco.com.evil.example/1aB/${target}`],
    ['another host of Cisco', `https://www.cisco.com/1aB/${target}`],
    ['a prefix before Slack', `https://my-slack-redir.net/link?url=${target}`],
    [
      'a launcher that is not of Teams',
      `https://evil.example/dl/launcher/launcher.html?url=${target}`,
    ],
    [
      'Mimecast, which keeps its target to itself',
      'https://protect-eu.mimecast.com/s/AbCdEfGhIj?domain=zoom.us',
    ],
    ['a shortener', 'https://bit.ly/zoom84012345678'],
  ])('%s', (_case, text) => {
    expect(find(text)).toEqual({ kind: 'none' });
  });
});

describe('wrappers around what is no room', () => {
  const strangers = [
    'https://evil.example/j/84012345678',
    'https://zoom.us.evil.example/j/84012345678',
    'https://zoom.us@evil.example/j/84012345678',
    'http://localhost/j/84012345678',
    'http://127.0.0.1/j/84012345678',
    'http://169.254.169.254/latest/meta-data',
    'https://us02web.zoom.us/rec/share/1234567890abcDEF',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '//zoom.us/j/84012345678',
    '',
    '%',
  ];

  it.each(Object.entries(wraps))('%s', (_name, wrap) => {
    for (const stranger of strangers) {
      expect(find(wrap(stranger))).toEqual({ kind: 'none' });
    }
  });

  it.each([
    '/_#@evil.example/meet/2345678901234',
    '/_#.evil.example/meet/2345678901234',
    '//evil.example/meet/2345678901234',
    'https://evil.example/meet/2345678901234',
    '/_#/l/channel/19%3aabc%40thread.tacv2/General',
    '',
  ])('a launcher of Teams with %p', (page) => {
    const text = `https://teams.microsoft.com/dl/launcher/launcher.html?url=${encodeURIComponent(page)}`;
    expect(find(text)).toEqual({ kind: 'none' });
  });

  it.each([
    ['no text', ''],
    ['no JSON', Buffer.from('{').toString('base64')],
    ['no object', Buffer.from('7').toString('base64')],
    ['half a character', Buffer.from('{"conversationId":"\\ud800"}').toString('base64')],
  ])('coordinates of Teams that are %s', (_case, coords) => {
    const text = `https://teams.microsoft.com/light-meetings/launch?coords=${coords}`;
    expect(find(text)).toEqual({ kind: 'none' });
  });

  it('malformed escapes in each place that is unescaped', () => {
    for (const text of [
      'https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fzoom.us%2Fj%2F84012345678%ZZ',
      'https://urldefense.com/v2/url?u=https-3A__zoom.us_j_84012345678-ZZ',
      'https://secure-web.cisco.com/1aB/https%3A%2F%2Fzoom.us%2Fj%2F84012345678%ZZ',
    ]) {
      expect(find(text)).toEqual({ kind: 'none' });
    }
  });
});

describe('links in wrappers', () => {
  it.each(Object.entries(wraps))('%s gives each room of the table', (_name, wrap) => {
    for (const { url } of plainRooms) {
      expect(find(wrap(url))).toEqual(find(url));
    }
  });

  it.each(Object.entries(teamsWraps))('%s gives each room of Teams', (_name, wrap) => {
    const wrapped = plainRooms.flatMap(({ url }) => {
      const link = wrap(url);
      return link === null ? [] : [{ link, url }];
    });
    expect(wrapped.length).toBeGreaterThan(3);
    for (const { link, url } of wrapped) {
      expect(find(link)).toEqual(find(url));
      expect(find(safeLinks(link))).toEqual(find(url));
    }
  });

  it('are found in each other, five deep', () => {
    for (const outer of Object.values(wraps)) {
      for (const middle of Object.values(wraps)) {
        expect(find(outer(middle(zoom)))).toEqual(find(zoom));
      }
    }
    expect(find(times(5, safeLinks, zoom))).toEqual(find(zoom));
    expect(find(times(6, safeLinks, zoom))).toEqual({ kind: 'none' });
    expect(find(times(5, proofpoint, zoom))).toEqual(find(zoom));
    expect(find(times(6, proofpoint, zoom))).toEqual({ kind: 'none' });
  });

  it('are found five deep with the page of Teams inside', () => {
    const url = 'https://teams.microsoft.com/meet/2345678901234?p=AbCdEf123456';
    const launcher = teamsWraps.launcher?.(url) ?? '';
    expect(find(times(4, safeLinks, launcher))).toEqual(find(url));
  });

  it('may have been written with the punctuation of their sentence', () => {
    expect(find(`See ${safeLinks(`${zoom}).`)}.`)).toEqual(find(zoom));
  });

  it('are one room with the same link beside them', () => {
    expect(find(`<a href="${safeLinks(zoom)}">${zoom}</a>`)).toEqual(find(zoom));
  });
});

describe('the third version of Proofpoint', () => {
  const wrapped = (template: string, list: string) =>
    inner(`https://urldefense.com/v3/__${template}__;${list}!!foo!bar$`);

  it.each([
    ['nothing', 'http://www.example.com', '', 'http://www.example.com'],
    ['one byte', 'https://example.com/*news', 'Iw', 'https://example.com/#news'],
    ['an asterisk of its own', 'http://example.com/a*b', 'Kg', 'http://example.com/a*b'],
    [
      'runs of one and of three',
      'http://example.com/?=a1!b2@c3*d4$5e*6*5E7&8*9(10*7C*5C**B7D*7B',
      'IyUlKiUlW10lJQ',
      'http://example.com/?=a1!b2@c3#d4$5e%6%5E7&8*9(10%7C%5C[]%7D%7B',
    ],
    [
      'two bytes of one letter',
      'http://www.example.com/**Aa*.html',
      'w60j',
      'http://www.example.com/ía#.html',
    ],
    [
      'bytes of several letters',
      'http://www.example.com/**E.html',
      '5L2g5aW9',
      'http://www.example.com/你好.html',
    ],
    ['one slash too few', 'https:/example.com/', '', 'https://example.com/'],
  ])('puts back %s', (_case, template, list, expected) => {
    expect(wrapped(template, list)).toBe(expected);
  });

  it.each([2, 3, 64, 65, 66, 67, 130, 131])('puts back a run of %d bytes', (length) => {
    const url = `https://example.com/${'#'.repeat(length)}test`;
    expect(inner(proofpoint(url))).toBe(url);
  });

  it('gives nothing when the list is too short or the end is missing', () => {
    expect(wrapped('https://zoom.us/j/84012345678**A', 'Iw')).toBeNull();
    expect(inner('https://urldefense.com/v3/__https://zoom.us/j/84012345678')).toBeNull();
  });
});
