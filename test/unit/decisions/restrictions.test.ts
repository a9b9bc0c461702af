import fc from 'fast-check';
import {
  type RestrictionFacts,
  restrictionsThatApply,
} from '../../../activities/interviews/restrictions.js';
import type { Restriction } from '../../../workflows/contracts/settings.js';

const nothing: RestrictionFacts = {
  interviewTypes: [],
  titles: [],
  interviewerIds: [],
  jobId: 'job-1',
  jobTitle: null,
  department: null,
  location: null,
};

function applies(field: Restriction['field'], match: string, facts: Partial<RestrictionFacts>) {
  const restrictions = [{ field, match }];
  return restrictionsThatApply({ restrictions, facts: { ...nothing, ...facts } }).length === 1;
}

type Row = [match: string, value: string, expected: boolean];

describe('restrictions', () => {
  it.each<Row>([
    ['Panel', 'panel', true],
    ['  panel   talk ', 'Panel Talk', true],
    ['Vorstellungsgespräch', 'VORSTELLUNGSGESPRACH', true],
    ['Vorstellungsgespra\u0308ch', 'Vorstellungsgespräch', true],
    ['Ｐａｎｅｌ', 'Panel', true],
    ['Pan\u200bel', 'Panel', true],
    ['STRASSE', 'Straße', true],
    ['Lodz', 'Łódź', true],
    ['ΣΟΦΟΣ', 'σοφος', true],
    ['İstanbul', 'istanbul', true],
    ['Panel', 'Panel talk', false],
    ['Panels', 'Panel', false],
    ['', '', false],
  ])('take %j for the interview type %j: %s', (match, type, expected) => {
    expect(applies('interviewType', match, { interviewTypes: ['Other', type] })).toBe(expected);
  });

  it.each<Row>([
    ['r&d', 'R&D', true],
    ['R and D', 'R&D', false],
    ['Legal', 'Legal and Compliance', false],
  ])('take %j for the department %j: %s', (match, department, expected) => {
    expect(applies('department', match, { department })).toBe(expected);
  });

  it.each<Row>([
    ['Berlin', 'Berlin, Berlin, Germany', true],
    ['germany', 'Berlin, Berlin, Germany', true],
    ['Berlin,Germany', 'Berlin, Germany', true],
    ['Berlin, Germany', 'Berlin, Berlin, Germany', true],
    ['krakow', 'Kraków, Poland', true],
    ['Remote', 'Remote', true],
    ['Ber', 'Berlin, Germany', false],
    ['Berlin, Poland', 'Berlin, Germany', false],
    ['Germany, Berlin', 'Berlin, Germany', false],
    [',', 'Berlin, , Germany', false],
  ])('take %j for the place %j: %s', (match, location, expected) => {
    expect(applies('location', match, { location })).toBe(expected);
  });

  it.each<Row>([
    ['M&A', 'Talk about M&A in Q3', true],
    ['ceo', 'CEO', true],
    ['ceo', 'Interview (CEO), round 2', true],
    ['ceo', 'Interview CEO/CFO', true],
    ['ceo', 'ceos of tomorrow', false],
    ['art', 'Startup', false],
    ['chief of staff', 'Interview: Chief of  Staff', true],
    ['chief staff', 'Chief of Staff', false],
    ['staff chief', 'Chief Staff', false],
    ['resume', 'Résumé walk-through', true],
    ['walk through', 'Résumé walk-through', true],
    ['c++', 'C++ interview', true],
    ['面談', 'CEO面談 第二回', true],
    ['CEO', 'CEO面談 第二回', true],
    ['談面', 'CEO面談', false],
    ['секрет', 'Секрет', true],
    ['секрет', 'секретарь', false],
    ['***', 'a *** b', false],
  ])('take the words %j in the title %j: %s', (match, title, expected) => {
    expect(applies('title', match, { titles: ['Something', title] })).toBe(expected);
    expect(applies('title', match, { jobTitle: title })).toBe(expected);
  });

  it('know a job by its id and by its whole title', () => {
    expect(applies('job', 'job-1', {})).toBe(true);
    expect(applies('job', 'Chief of staff', { jobTitle: 'Chief of Staff' })).toBe(true);
    expect(applies('job', 'job', {})).toBe(false);
    expect(applies('job', 'Chief', { jobTitle: 'Chief of Staff' })).toBe(false);
  });

  it('know an interviewer by id, whichever of them it is', () => {
    const interviewerIds = ['57a9d1f5e4b09f2ab5b9aa01', '57a9d1f5e4b09f2ab5b9aa02'];
    expect(applies('interviewer', '57A9D1F5E4B09F2AB5B9AA02', { interviewerIds })).toBe(true);
    expect(applies('interviewer', '57a9d1f5e4b09f2ab5b9aa03', { interviewerIds })).toBe(false);
  });

  it('know words of privacy in titles, types, the job and the department', () => {
    const confidential = (facts: Partial<RestrictionFacts>) =>
      applies('confidential', 'confidential', facts);
    expect(confidential({ titles: ['Confidential: successor'] })).toBe(true);
    expect(confidential({ interviewTypes: ['Talk (confidential)'] })).toBe(true);
    expect(confidential({ jobTitle: 'CONFIDENTIAL search' })).toBe(true);
    expect(confidential({ department: 'Confidential' })).toBe(true);
    expect(confidential({ titles: ['Confidentiality training'] })).toBe(false);
  });

  it('match nothing where nothing is known', () => {
    for (const field of ['interviewType', 'department', 'location', 'title'] as const) {
      expect(applies(field, 'x', {})).toBe(false);
    }
  });

  it('name all that apply, in their order', () => {
    const restrictions: Restriction[] = [
      { field: 'title', match: 'talk' },
      { field: 'title', match: 'walk' },
      { field: 'job', match: 'job-1' },
    ];
    const facts = { ...nothing, titles: ['Talk'] };
    expect(restrictionsThatApply({ restrictions, facts })).toEqual([
      restrictions[0],
      restrictions[2],
    ]);
  });

  it('find a word of a title in whatever stands around it, and never throw', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
      minLength: 1,
      maxLength: 8,
    });
    const around = fc.string({
      unit: fc.constantFrom(' ', '-', '(', ')', ':', '/', '…', '’', '\n'),
    });
    fc.assert(
      fc.property(word, word, around, around, (first, second, before, after) => {
        const title = `${first} ${before}${second}${after} `;
        expect(applies('title', second.toUpperCase(), { titles: [title] })).toBe(true);
        expect(applies('title', `${second}x`, { titles: [title] })).toBe(first === `${second}x`);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (match, text) => {
        for (const field of ['title', 'location', 'department', 'confidential'] as const) {
          const facts = { titles: [text], location: text, department: text };
          expect(typeof applies(field, match, facts)).toBe('boolean');
        }
        const isSaid = /[\p{L}\p{N}]/u.test(text.normalize('NFKD').replace(/\p{Cf}/gu, ''));
        expect(!isSaid || applies('department', text, { department: text })).toBe(true);
      }),
    );
  });
});
