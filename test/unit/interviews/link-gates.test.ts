import { type LinkGate, linkGates } from '../../../activities/interviews/link-gates.js';
import { notRooms } from './meeting-link-negatives.js';
import { plainRooms } from './meeting-link-vectors.js';
import { wraps } from './wrapping.js';

describe('what a link tells about its doors', () => {
  it.each<[string, string, LinkGate[]]>([
    ['a Zoom webinar', 'https://us02web.zoom.us/w/84012345678?pwd=abc', ['webinar']],
    [
      'Zoom registration',
      'https://us02web.zoom.us/meeting/register/tZ0abc123456789',
      ['registration'],
    ],
    [
      'registration for a Zoom webinar',
      'https://us02web.zoom.us/webinar/register/WN_abc',
      ['webinar', 'registration'],
    ],
    ['a Zoom event', 'https://events.zoom.us/ejl/abc123', ['registration']],
    [
      'a Teams link that lost its passcode',
      'https://teams.microsoft.com/meet/2345678901234',
      ['no_passcode'],
    ],
    [
      'a personal Teams link without one',
      'https://teams.live.com/meet/9312345678901?p=',
      ['no_passcode'],
    ],
    [
      'a Teams channel',
      'https://teams.microsoft.com/l/channel/19%3aabc%40thread.tacv2/General?groupId=1',
      ['sign_in_only'],
    ],
    [
      'a live event of Teams',
      'https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=%7b%22Tid%22%3a%221%22%2c%22IsBroadcastMeeting%22%3atrue%7d',
      ['webinar'],
    ],
    [
      'a webinar of Teams',
      'https://events.teams.microsoft.com/event/1@2',
      ['webinar', 'registration'],
    ],
    ['a Meet nickname', 'https://meet.google.com/lookup/abcdefghij', ['sign_in_only']],
    ['a Meet nickname at the root', 'https://meet.google.com/standup', ['sign_in_only']],
    ['a Meet stream', 'https://stream.meet.google.com/stream/abc12ab1', ['sign_in_only']],
    [
      'Webex registration',
      'https://acme.webex.com/weblink/register/r0a1b2c3d4e5f',
      ['registration'],
    ],
    ['a GoTo webinar', 'https://global.gotowebinar.com/join/1/2', ['webinar']],
    [
      'registration for a GoTo webinar',
      'https://attendee.gotowebinar.com/register/123',
      ['webinar', 'registration'],
    ],
    ['BlueJeans', 'https://bluejeans.com/123456789/4321', ['closed_service']],
    ['Chime', 'https://chime.aws/1234567890', ['closed_service']],
  ])('%s', (_case, url, gates) => {
    expect(linkGates(url)).toEqual(gates);
    for (const wrap of Object.values(wraps)) {
      expect(linkGates(wrap(url))).toEqual(gates);
    }
  });

  it('has none for ordinary rooms, with a passcode or where it can do without', () => {
    const gated = plainRooms.filter(({ url }) => linkGates(url).length > 0);
    expect(gated.map(({ row }) => row)).toEqual([6, 31, 35]);
  });

  it.each([
    ...notRooms.filter(({ row }) => ['N1', 'N2', 'N3', 'N4', 'N6', 'N27', 'N28'].includes(row)),
    { row: 'prefix', case: 'another host', text: 'https://notbluejeans.com/123456789' },
    { row: 'empty', case: 'nothing', text: '' },
  ])('has none for what is not of the services: $case', ({ text }) => {
    expect(linkGates(text)).toEqual([]);
  });
});
