import { findMeetingLink, serviceOf } from '../../../activities/interviews/meeting-link.js';
import { notRooms } from './meeting-link-negatives.js';
import { plainRooms } from './meeting-link-vectors.js';
import { wrappedRooms } from './meeting-link-wrapped-vectors.js';

const rooms = [...plainRooms, ...wrappedRooms];
const ownProviders = new Set(['zoom', 'google_meet', 'microsoft_teams', 'webex']);

function find(...texts: string[]) {
  return findMeetingLink({ texts });
}

function identityOf(text: string): string | null {
  const link = find(text);
  return link.kind === 'found' ? link.identity : null;
}

describe('texts that name no room', () => {
  it('has all 28 rows of the table', () => {
    expect(notRooms.map(({ row }) => row)).toEqual(
      Array.from({ length: 28 }, (_, index) => `N${index + 1}`),
    );
  });

  it.each(notRooms)('$row: $case', ({ text }) => {
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
    ['a link in the path of a schemeless stranger', 'evil.example/https://zoom.us/j/84012345678'],
    [
      'a link in the query of a schemeless stranger',
      'evil.example/go?u=https://zoom.us/j/84012345678',
    ],
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
  it('has all 49 rows of the table', () => {
    expect(rooms.map(({ row }) => row)).toEqual(
      Array.from({ length: 49 }, (_, index) => index + 1),
    );
  });

  it.each(rooms)('$row: $case', ({ text, service, url }) => {
    const link = find(text);
    expect(link).toMatchObject({
      kind: 'found',
      provider: ownProviders.has(service) ? service : 'other',
      url,
    });
    expect(link.kind === 'found' && serviceOf(link)).toBe(service);
  });

  it.each(rooms)('$row gives itself when its link is searched again: $case', ({ text, url }) => {
    expect(find(url)).toEqual(find(text));
  });

  it('knows that a service was closed', () => {
    const closed = rooms.filter(({ text }) => {
      const link = find(text);
      return link.kind === 'found' && !link.joinable;
    });
    expect(closed.map(({ service }) => service)).toEqual(['bluejeans', 'chime']);
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
    [
      'the words of a chat program',
      'Join <https://zoom.us/j/84012345678?pwd=abc|the call>',
      'https://zoom.us/j/84012345678?pwd=abc',
    ],
    [
      'words in the same angle brackets',
      'Join <Zoom https://zoom.us/j/84012345678>',
      'https://zoom.us/j/84012345678',
    ],
    [
      'a place to break the line',
      'https://zoom.us/j/840123<wbr>45678',
      'https://zoom.us/j/84012345678',
    ],
    [
      'escaped underscores of Markdown',
      'https://zoom.us/my/jane\\_doe',
      'https://zoom.us/my/jane_doe',
    ],
    [
      'the scheme of the Teams app',
      'msteams:/meet/2345678901234?p=AbCdEf',
      'https://teams.microsoft.com/meet/2345678901234?p=AbCdEf',
    ],
    [
      'indented lines that are no folded ones',
      'Join:\r\n https://zoom.us/j/840123456\r\n 78 people come',
      'https://zoom.us/j/840123456',
    ],
    [
      'a folded line without the name of its property',
      'Join https://meet.google.com/abc-de\r\n fg-hij',
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
