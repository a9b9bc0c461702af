import fc from 'fast-check';
import type { LinkService } from '../../../activities/interviews/meeting-link.js';
import { wraps } from './wrapping.js';

/** A canonical link and the room it names. */
export interface GeneratedLink {
  url: string;
  identity: string;
  service: LinkService;
}

const digits = (min: number, max: number) =>
  fc.stringMatching(new RegExp(`^[1-9]\\d{${min - 1},${max - 1}}$`));
const letters = (count: number) => fc.stringMatching(new RegExp(`^[a-z]{${count}}$`));
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{1,18}[A-Za-z0-9_-]$/);
const label = fc.stringMatching(/^[a-z][a-z0-9]{0,9}(?:-[a-z0-9]{1,5})?$/);
const secret = fc.stringMatching(/^[A-Za-z0-9._-]{3,30}[A-Za-z0-9_-]$/);
const guid = fc.uuid();

function link(service: LinkService, identity: string, url: string): GeneratedLink {
  return { service, identity, url };
}

function search(parameter: string, value: string | null): string {
  return value === null ? '' : `?${parameter}=${value}`;
}

const zoomHost = fc.oneof(
  fc.constantFrom('zoom.us', 'us02web.zoom.us', 'acme.zoom.us', 'zoomgov.com', 'acme.zoomgov.com'),
  fc.constantFrom('zoom-x.de', 'zoom.com.cn'),
);

const links: fc.Arbitrary<GeneratedLink>[] = [
  fc
    .tuple(zoomHost, fc.constantFrom('j', 'w'), digits(9, 11), fc.option(secret))
    .map(([host, kind, id, pwd]) =>
      link('zoom', `zoom:${id}`, `https://${host}/${kind}/${id}${search('pwd', pwd)}`),
    ),
  fc
    .tuple(zoomHost, name, fc.option(secret))
    .map(([host, room, pwd]) =>
      link(
        'zoom',
        `zoom:my/${room.toLowerCase()}`,
        `https://${host}/my/${room}${search('pwd', pwd)}`,
      ),
    ),
  fc
    .tuple(letters(3), letters(4), letters(3))
    .map((parts) => parts.join('-'))
    .map((code) => link('google_meet', `google_meet:${code}`, `https://meet.google.com/${code}`)),
  fc
    .tuple(
      fc.constantFrom('teams.microsoft.com', 'dod.teams.microsoft.us', 'gov.teams.microsoft.us'),
      fc.stringMatching(/^[A-Za-z0-9]{10,48}$/),
      guid,
      fc.option(guid),
    )
    .map(([host, thread, tenant, organizer]) => {
      const id = `19:meeting_${thread}@thread.v2`;
      const context = JSON.stringify({ Tid: tenant, ...(organizer && { Oid: organizer }) });
      const path = `${encodeURIComponent(id)}/0?context=${encodeURIComponent(context)}`;
      return link('microsoft_teams', `teams:${id}`, `https://${host}/l/meetup-join/${path}`);
    }),
  fc
    .tuple(
      fc.constantFrom('teams.microsoft.com', 'teams.live.com', 'gov.teams.microsoft.us'),
      digits(10, 16),
      fc.option(secret),
    )
    .map(([host, id, p]) =>
      link('microsoft_teams', `teams:${id}`, `https://${host}/meet/${id}${search('p', p)}`),
    ),
  fc
    .tuple(label, fc.stringMatching(/^m[0-9a-f]{32}$/))
    .map(([site, id]) =>
      link('webex', `webex:${id}`, `https://x${site}.webex.com/x${site}/j.php?MTID=${id}`),
    ),
  fc
    .tuple(label, name)
    .map(([site, user]) =>
      link(
        'webex',
        `webex:x${site}/${user.toLowerCase()}`,
        `https://x${site}.webex.com/meet/${user}`,
      ),
    ),
  fc
    .tuple(label, name)
    .map(([organization, room]) =>
      link(
        'whereby',
        `whereby:x${organization}/${room.toLowerCase()}`,
        `https://x${organization}.whereby.com/${room}`,
      ),
    ),
  name.map((room) =>
    link('jitsi', `jitsi:meet.jit.si/${room.toLowerCase()}`, `https://meet.jit.si/${room}`),
  ),
  digits(9, 9).map((id) => link('goto', `goto:${id}`, `https://meet.goto.com/${id}`)),
  fc
    .tuple(digits(9, 12), fc.option(secret))
    .map(([id, pw]) =>
      link(
        'ringcentral',
        `ringcentral:${id}`,
        `https://v.ringcentral.com/join/${id}${search('pw', pw)}`,
      ),
    ),
  digits(9, 10).map((id) => link('bluejeans', `bluejeans:${id}`, `https://bluejeans.com/${id}`)),
  digits(10, 13).map((id) => link('chime', `chime:${id}`, `https://chime.aws/${id}`)),
];

/** A canonical link of any service. */
export const canonicalLink: fc.Arbitrary<GeneratedLink> = fc.oneof(...links);

/** The name and the effect of up to three wrappers, one around the other. */
export const wrapping: fc.Arbitrary<{ names: string; wrap: (url: string) => string }> = fc
  .array(fc.constantFrom(...Object.keys(wraps)), { minLength: 1, maxLength: 3 })
  .map((names) => ({
    names: names.join(' > '),
    wrap: (url: string) => names.reduceRight((inner, each) => wraps[each]?.(inner) ?? inner, url),
  }));

/** Prose of any letters; no angle brackets, between which a link would be part of a tag. */
const noise = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replace(/[<>]/g, ''));
const sentence = fc.constantFrom(
  'Join Zoom Meeting',
  'Microsoft Teams Need help? <https://aka.ms/JoinTeamsMeeting?omkt=en-US>',
  'Salary < 100 & >50; write to help@zoom.us or call +1 646 558 8656',
  'Find your local number: https://us02web.zoom.us/u/kbCdEfGh',
  'Meeting ID: 840 1234 5678 Passcode: 123456',
  'https://www.acme.example/jobs/42?ref=zoom.us',
  '5th floor, 12 Main Street\r\n\tEntrance B',
  '',
);

type Frame = (input: { url: string; before: string; after: string }) => string;

const entities = (url: string) => url.replaceAll('&', '&amp;');

/** How a link stands in a text. */
export const frames: Record<string, Frame> = {
  plain: ({ url, before, after }) => `${before} ${url} ${after}`,
  'at the end of a sentence': ({ url, before, after }) => `${before} at ${url}. ${after}`,
  'in brackets': ({ url, before, after }) => `${before} (see ${url}), ${after}`,
  Markdown: ({ url, before, after }) => `${before} [Join **here**](${url}), ${after}`,
  'Markdown with a title': ({ url, before, after }) => `${before} [Join](${url} "Join") ${after}`,
  'HTML attribute': ({ url, before, after }) =>
    `<p>${before}</p><a class="b" href="${entities(url)}" target='_blank'>Join</a><br/>${after}`,
  'HTML attribute in single quotes': ({ url, before, after }) =>
    `<div>${before}<a HREF = '${entities(url)}'>Join</a></div>${after}`,
  'HTML text': ({ url, before, after }) => `<p>${before}</p><b>${entities(url)}</b><p>${after}</p>`,
  'angle brackets of Outlook': ({ url, before, after }) => `${before} Join now<${url}> ${after}`,
  invitation: ({ url, before, after }) =>
    `${before}\r\n________________\r\nJoin on your computer\r\n${url}\r\n\r\nMeeting ID: 234 567 890 123\r\n${after}`,
};

/** A text around a link: which frame, and the text for a link. */
export const framing: fc.Arbitrary<{ frame: string; around: (url: string) => string }> = fc
  .record({
    frame: fc.constantFrom(...Object.keys(frames)),
    before: fc.oneof(noise, sentence),
    after: fc.oneof(noise, sentence),
  })
  .map(({ frame, before, after }) => ({
    frame,
    around: (url: string) => frames[frame]?.({ url, before, after }) ?? url,
  }));

/** A calendar file with the link in its description, folded after so many bytes (RFC 5545, 3.1). */
export function calendarFile({ url, width }: { url: string; width: number }): string {
  const value = `Hi\\, welcome\\; join here: ${url}\\nSee you`;
  const lines = [`DESCRIPTION:${value}`].flatMap((line) => {
    const pieces: string[] = [];
    for (let at = 0; at < line.length; at += width) {
      pieces.push(line.slice(at, at + width));
    }
    return pieces.join('\r\n ');
  });
  return ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR'].join('\r\n');
}
