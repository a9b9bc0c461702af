import fc from 'fast-check';
import { linkGates } from '../../../activities/interviews/link-gates.js';
import { findMeetingLink, serviceOf } from '../../../activities/interviews/meeting-link.js';
import { calendarFile, canonicalLink, framing, wrapping } from './generated-links.js';
import { lookAlike } from './generated-look-alikes.js';
import { notRooms } from './meeting-link-negatives.js';
import { plainRooms } from './meeting-link-vectors.js';
import { wrappedRooms } from './meeting-link-wrapped-vectors.js';

const allowedHost =
  /^(?:(?:[a-z0-9-]+\.)*(?:zoom\.us|zoomgov\.com|zoom-x\.de|zoom\.com\.cn)|meet\.google\.com|teams\.microsoft\.com|(?:gov\.|dod\.)?teams\.microsoft\.us|gov\.teams\.microsoft\.com|teams\.live\.com|[a-z0-9-]+\.webex\.com|(?:[a-z0-9-]+\.)?whereby\.com|meet\.jit\.si|8x8\.vc|meet\.goto\.com|gotomeet\.me|(?:v|meetings)\.ringcentral\.com|bluejeans\.com|chime\.aws)$/;

let tried = 0;

function find(text: string) {
  tried += 1;
  return findMeetingLink({ texts: [text] });
}

afterAll(() => {
  process.stdout.write(`generated texts tried: ${tried}\n`);
});

describe('any text at all', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      ...[...plainRooms, ...wrappedRooms, ...notRooms].map(({ text }) => text),
      ...'https:// http:// msteams: zoommtg:// zoom.us/ /j/ /my/ 84012345678 ?pwd= %3a % @ : ( ] \\ \\n <a href=" "> <wbr> &amp; &#0; &#x110000; &#xd800; {" __; !! ** url= u= #/ /_#'.split(
        ' ',
      ),
      'https://urldefense.com/v3/__',
      'https://urldefense.com/v2/url?u=https-3A__',
      'https://eur01.safelinks.protection.outlook.com/?url=',
      'https://www.google.com/url?q=',
      'https://secure-web.cisco.com/1aB/',
      'https://teams.microsoft.com/light-meetings/launch?coords=',
      'https://teams.microsoft.com/dl/launcher/launcher.html?url=',
      'DESCRIPTION:',
      '\r\n ',
    ),
  );
  const text = fc
    .tuple(fc.array(piece, { maxLength: 8 }), fc.constantFrom('', ' '))
    .map(([pieces, glue]) => pieces.join(glue));

  it('never throws, never leaves the table of hosts, and finds its own answer again', () => {
    fc.assert(
      fc.property(text, (written) => {
        const link = find(written);
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
      { numRuns: 32_000 },
    );
  });

  it('has its gates told without an error', () => {
    fc.assert(
      fc.property(text, (written) => {
        tried += 1;
        const gates = linkGates(written);
        expect(new Set(gates).size).toBe(gates.length);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('a room that was planted into a text', () => {
  it('is found again in plain text, HTML, Markdown and invitations', () => {
    fc.assert(
      fc.property(canonicalLink, framing, ({ url, identity, service }, { around }) => {
        const link = find(around(url));
        expect(link).toMatchObject({ kind: 'found', url, identity });
        expect(link.kind === 'found' && serviceOf(link)).toBe(service);
      }),
      { numRuns: 22_000 },
    );
  });

  it('is found again in each wrapper and in wrappers within wrappers', () => {
    fc.assert(
      fc.property(canonicalLink, wrapping, framing, ({ url, identity }, { wrap }, { around }) => {
        expect(find(around(wrap(url)))).toMatchObject({ kind: 'found', url, identity });
      }),
      { numRuns: 22_000 },
    );
  });

  it('is found again in a calendar file, wherever its lines are folded', () => {
    fc.assert(
      fc.property(canonicalLink, fc.integer({ min: 20, max: 75 }), ({ url, identity }, width) => {
        expect(find(calendarFile({ url, width }))).toMatchObject({ kind: 'found', url, identity });
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('a link that only looks right', () => {
  it('is never found', () => {
    fc.assert(
      fc.property(lookAlike, framing, (url, { around }) => {
        expect(find(around(url))).toEqual({ kind: 'none' });
      }),
      { numRuns: 15_000 },
    );
  });

  it('is never found in a wrapper either', () => {
    fc.assert(
      fc.property(lookAlike, wrapping, (url, { wrap }) => {
        expect(find(wrap(url))).toEqual({ kind: 'none' });
      }),
      { numRuns: 10_000 },
    );
  });
});
