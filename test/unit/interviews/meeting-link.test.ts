import fc from 'fast-check';
import { findMeetingLink } from '../../../activities/interviews/meeting-link.js';
import { notRooms, rooms } from './meeting-link-vectors.js';

const allowedHost =
  /^(?:(?:[a-z0-9-]+\.)*(?:zoom\.us|zoomgov\.com|zoom-x\.de|zoom\.com\.cn)|meet\.google\.com|teams\.microsoft\.com|(?:gov\.|dod\.)?teams\.microsoft\.us|gov\.teams\.microsoft\.com|teams\.live\.com|[a-z0-9-]+\.webex\.com|(?:[a-z0-9-]+\.)?whereby\.com|meet\.jit\.si|8x8\.vc|meet\.goto\.com|gotomeet\.me|(?:v|meetings)\.ringcentral\.com|bluejeans\.com|chime\.aws)$/;

function find(...texts: string[]) {
  return findMeetingLink({ texts });
}

function identityOf(text: string): string | null {
  const link = find(text);
  return link.kind === 'found' ? link.identity : null;
}

describe('texts that name no room', () => {
  it.each(notRooms)('$case', ({ text }) => {
    expect(find(text)).toEqual({ kind: 'none' });
  });

  it.each([
    ['an empty user name', 'https://@zoom.us/j/84012345678'],
    ['a backslash before the real host', 'https://zoom.us\\@evil.example/j/84012345678'],
    ['letters that only look wide', 'https://ｚｏｏｍ.us/j/84012345678'],
    ['a default port of the other scheme', 'http://zoom.us:443/j/84012345678'],
    [
      'a link inside the query of a stranger',
      'https://evil.example/go?u=https://zoom.us/j/84012345678',
    ],
    ['a link inside the path of a stranger', 'https://evil.example/https://zoom.us/j/84012345678'],
    ['a schemeless link inside a path', 'evil.example/zoom.us/j/84012345678'],
    ['Zoom’s other service on a regional form', 'https://ev.zoom.us/j/84012345678'],
    [
      'a Teams context that is no JSON',
      'https://teams.microsoft.com/l/meetup-join/19%3ameeting_a%40thread.v2/0?context=abc',
    ],
    [
      'a malformed escape',
      'https://teams.microsoft.com/l/meetup-join/19%3ameeting_a%ZZthread.v2/0?context=%7b',
    ],
    ['a Google Meet nickname', 'https://meet.google.com/standup'],
    ['a ready-made page of Whereby', 'https://whereby.com/pricing'],
    ['nothing', ''],
  ])('%s', (_case, text) => {
    expect(find(text)).toEqual({ kind: 'none' });
  });
});

describe('texts that name a room', () => {
  it.each(rooms)('$case', ({ text, provider, url }) => {
    expect(find(text)).toMatchObject({ kind: 'found', provider, url });
  });

  it.each(rooms)('gives itself when its link is searched again: $case', ({ text, url }) => {
    expect(find(url)).toEqual(find(text));
  });

  it('can send the notetaker to Zoom, Google Meet and Teams only', () => {
    const joinable = rooms.filter(({ text }) => {
      const link = find(text);
      return link.kind === 'found' && link.joinable;
    });
    expect(new Set(joinable.map(({ provider }) => provider))).toEqual(
      new Set(['zoom', 'google_meet', 'microsoft_teams']),
    );
  });

  it.each([
    ['zoom:84012345678', 'https://us02web.zoom.us/j/84012345678?pwd=abc'],
    ['zoom:84012345678', 'zoommtg://zoom.us/join?action=join&confno=84012345678'],
    ['zoom:my/jane.doe', 'https://acme.zoom.us/my/Jane.Doe'],
    ['google_meet:abc-defg-hij', 'http://meet.google.com/ABC-defg-hij?authuser=1'],
    ['teams:2345678901234', 'https://teams.microsoft.com/meet/2345678901234'],
  ])('is known by an identity without host and passcode: %s', (identity, text) => {
    expect(identityOf(text)).toBe(identity);
  });

  it.each([
    ['a full stop', 'Zoom: https://zoom.us/my/jane.doe.', 'https://zoom.us/my/jane.doe'],
    [
      'a bracket after a passcode',
      '(see https://zoom.us/j/84012345678?pwd=abc.1).',
      'https://zoom.us/j/84012345678?pwd=abc.1',
    ],
    [
      'Markdown that shows the link',
      '[https://zoom.us/j/84012345678](https://zoom.us/j/84012345678)',
      'https://zoom.us/j/84012345678',
    ],
    [
      'bold Markdown',
      '**https://zoom.us/j/84012345678?pwd=abc**',
      'https://zoom.us/j/84012345678?pwd=abc',
    ],
    ['a word with a colon', 'Link:zoom.us/j/84012345678', 'https://zoom.us/j/84012345678'],
    [
      'an attribute without quotes',
      '<a href=https://zoom.us/j/84012345678>Join</a>',
      'https://zoom.us/j/84012345678',
    ],
    [
      'entities in an attribute',
      '<a href="https://zoom.us/j/84012345678?from=x&amp;pwd=abc">Join</a>',
      'https://zoom.us/j/84012345678?pwd=abc',
    ],
    [
      'zero-width characters',
      'https://meet.google.com/abc\u200b-defg-hij',
      'https://meet.google.com/abc-defg-hij',
    ],
    ['a host with a final dot', 'https://zoom.us./j/84012345678', 'https://zoom.us/j/84012345678'],
    [
      'escapes done twice',
      'https://teams.microsoft.com/l/meetup-join/19%253ameeting_abc%2540thread.v2/0?context=%257b%2522Tid%2522%253a%252211111111-2222-4333-8444-555555555555%2522%257d',
      'https://teams.microsoft.com/l/meetup-join/19%3Ameeting_abc%40thread.v2/0?context=%7B%22Tid%22%3A%2211111111-2222-4333-8444-555555555555%22%7D',
    ],
  ])('is found beside %s', (_case, text, url) => {
    expect(find(text)).toMatchObject({ kind: 'found', url });
  });

  it('keeps the link with a passcode when a room is named twice', () => {
    const withPasscode = 'https://acme.zoom.us/j/84012345678?pwd=abc';
    const without = 'https://us02web.zoom.us/j/84012345678';
    expect(find(`${without} ${withPasscode}`)).toMatchObject({ url: withPasscode });
    expect(find(`${withPasscode} ${without}`)).toMatchObject({ url: withPasscode });
  });

  it('tells meetings of one Teams channel apart', () => {
    const link = (message: number) =>
      `https://teams.microsoft.com/l/meetup-join/19%3aabc%40thread.tacv2/${message}?context=%7b%22Tid%22%3a%2211111111-2222-4333-8444-555555555555%22%7d`;
    expect(identityOf(link(1700000000001))).not.toBe(identityOf(link(1700000000002)));
  });
});

describe('several texts', () => {
  const zoom = 'https://zoom.us/j/84012345678';
  const meet = 'https://meet.google.com/abc-defg-hij';

  it('lets the first one with a link decide', () => {
    expect(find('5th floor', zoom, meet)).toMatchObject({ identity: 'zoom:84012345678' });
    expect(find(meet, zoom)).toMatchObject({ identity: 'google_meet:abc-defg-hij' });
  });

  it('does not choose between two rooms of one text', () => {
    expect(find(`${zoom} or ${meet}`)).toEqual({ kind: 'ambiguous' });
    expect(find(`<a href="${zoom}">${meet}</a>`, zoom)).toEqual({ kind: 'ambiguous' });
  });
});

describe('any text at all', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      ...rooms.map(({ text }) => text),
      ...notRooms.map(({ text }) => text),
      ...'https:// http:// zoom.us/ /j/ /my/ 84012345678 ?pwd= %3a % @ : ( ] <a href=" "> &amp; &#0; &#x110000; {" '.split(
        ' ',
      ),
    ),
  );

  it('never throws, never leaves the table of hosts, and finds its own answer again', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom('', ' '), (pieces, glue) => {
        const link = find(pieces.join(glue));
        if (link.kind !== 'found') {
          return;
        }
        const url = new URL(link.url);
        expect(url.hostname).toMatch(allowedHost);
        expect([url.protocol, url.port, url.username, url.password, url.hash]).toEqual([
          'https:',
          '',
          '',
          '',
          '',
        ]);
        expect(find(link.url)).toEqual(link);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps what a passcode or a name contains', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}[A-Za-z0-9]$/);
    fc.assert(
      fc.property(name, name, (room, passcode) => {
        expect(find(`Join: https://zoom.us/my/${room}?pwd=${passcode}, thanks.`)).toMatchObject({
          url: `https://zoom.us/my/${room}?pwd=${passcode}`,
        });
      }),
    );
  });

  it('takes no longer for a text that was made to be slow', () => {
    const hostile = [
      'a.'.repeat(50_000),
      '(:'.repeat(50_000),
      '<a '.repeat(50_000),
      'https://zoom.us/j/1)'.repeat(5_000),
    ];
    const startedAt = performance.now();
    for (const text of hostile) {
      expect(find(text)).toEqual({ kind: 'none' });
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
