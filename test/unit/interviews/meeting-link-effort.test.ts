import fc from 'fast-check';
import { linkGates } from '../../../activities/interviews/link-gates.js';
import { findMeetingLink } from '../../../activities/interviews/meeting-link.js';
import { linkCandidates, trimmedForms } from '../../../activities/interviews/meeting-link-text.js';

const length = 20_000;

/** Pieces that are slow for expressions which try each of several ways at each place. */
const pieces = [
  'a.',
  'a-',
  '(:',
  '<a ',
  '</',
  '<a\t=',
  '<wbr ',
  'href="',
  "href='",
  'href=',
  'href ',
  ' ',
  '\r\n ',
  '\\n',
  '&#x',
  '&amp;',
  '%25',
  'http://',
  'https://zoom.us/j/1)',
  'https://zoom.us/j/84012345678?pwd=.',
  'https://teams.microsoft.com/l/meetup-join/',
  'https://teams.microsoft.com/l/meetup-join/?context={',
  'https://urldefense.com/v3/__',
  '__;*!',
  '**A',
  'https://www.google.com/url?q=',
  'https%3A%2F%2F',
  'zoom.us/',
  'zoom.us.',
  'X-A',
  ')]}.,;:!?',
];

/** Milliseconds of this process's own time, so that busy neighbours do not count. */
function ownTimeOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function filled(piece: string): string {
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}

describe('a text that was made to be slow', () => {
  const starts = ['', '<a href="', 'https://zoom.us/j/', 'https://urldefense.com/v3/__', 'BEGIN:'];
  const hostile = pieces.flatMap((piece) =>
    starts.flatMap((start) => ['', '!', '"', '>'].map((end) => `${start}${filled(piece)}${end}`)),
  );

  it.each(pieces)('takes less than a third of a second: %j', (piece) => {
    for (const text of hostile.filter((each) => each.includes(piece.repeat(20)))) {
      expect(ownTimeOf(() => findMeetingLink({ texts: [text] }))).toBeLessThan(333);
      expect(ownTimeOf(() => linkGates(text))).toBeLessThan(333);
    }
  });

  it('takes less than a third of a second in any mixture', () => {
    const mixture = fc
      .array(fc.tuple(fc.constantFrom(...pieces), fc.integer({ min: 1, max: 400 })), {
        minLength: 1,
        maxLength: 6,
      })
      .map((parts) => filled(parts.map(([piece, times]) => piece.repeat(times)).join('')));
    fc.assert(
      fc.property(mixture, (text) => {
        expect(ownTimeOf(() => findMeetingLink({ texts: [text] }))).toBeLessThan(333);
      }),
      { numRuns: 150 },
    );
  });

  it('is read twice at most, in pieces that do not overlap, each in twelve ways at most', () => {
    const added = 'https://'.length;
    for (const text of hostile) {
      const candidates = linkCandidates({ text });
      const read = candidates.reduce((sum, candidate) => sum + candidate.length - added, 0);
      expect(read).toBeLessThanOrEqual(2 * text.length);
      for (const candidate of candidates) {
        expect(trimmedForms({ candidate }).length).toBeLessThanOrEqual(12);
      }
    }
  });

  it('is not read beyond its first 20,000 characters', () => {
    const far = `${'x '.repeat(10_000)}https://zoom.us/j/84012345678`;
    expect(findMeetingLink({ texts: [far] })).toEqual({ kind: 'none' });
    expect(findMeetingLink({ texts: [far.slice(100)] })).toMatchObject({ kind: 'found' });
  });
});
