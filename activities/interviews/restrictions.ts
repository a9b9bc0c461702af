import type { Restriction } from '../../workflows/contracts/settings.js';

/** What restrictions speak of: an interview, or one session of it, and its job. */
export interface RestrictionFacts {
  /** Of the interview's timeslots. */
  interviewTypes: readonly string[];
  titles: readonly string[];
  interviewerIds: readonly string[];
  jobId: string;
  jobTitle: string | null;
  department: string | null;
  /** City, region and country, with commas between them. */
  location: string | null;
}

/**
 * Which restrictions concern an interview. Texts are compared without regard to case, accents,
 * width and invisible characters:
 *
 * - `interviewType`, `department`: the whole name;
 * - `location`: the whole place or whole parts of it in a row ("Berlin", "Berlin, Germany");
 * - `job`: its id or its whole title;
 * - `interviewer`: the id of the user;
 * - `title`: these words, whole and in this order, in the title of the interview or of its job;
 * - `confidential`: the same words, which mark an interview as private; looked for in its type and
 *   the department as well. What the vendor marks is private without any restriction.
 *
 * Facts that are not known match nothing.
 */
export function restrictionsThatApply({
  restrictions,
  facts,
}: {
  restrictions: readonly Restriction[];
  facts: RestrictionFacts;
}): Restriction[] {
  return restrictions.filter((restriction) => applies(restriction, facts));
}

function applies({ field, match }: Restriction, facts: RestrictionFacts): boolean {
  switch (field) {
    case 'interviewType':
      return facts.interviewTypes.some((type) => isSame(type, match));
    case 'department':
      return isSame(facts.department, match);
    case 'location':
      return isPartOfPlace(facts.location, match);
    case 'job':
      return isSame(facts.jobId, match) || isSame(facts.jobTitle, match);
    case 'interviewer':
      return facts.interviewerIds.some((userId) => isSame(userId, match));
    case 'title':
      return hasWords([...facts.titles, facts.jobTitle], match);
    case 'confidential':
      return hasWords(
        [...facts.titles, ...facts.interviewTypes, facts.jobTitle, facts.department],
        match,
      );
  }
}

function isSame(text: string | null, match: string): boolean {
  if (text === null) return false;
  const folded = fold(match);
  return folded !== '' && fold(text) === folded;
}

function isPartOfPlace(place: string | null, match: string): boolean {
  if (place === null) return false;
  return hasRun(partsOf(place), partsOf(match));
}

function partsOf(place: string): string[] {
  return place
    .split(',')
    .map(fold)
    .filter((part) => part !== '');
}

function hasWords(texts: readonly (string | null)[], match: string): boolean {
  const wanted = wordsOf(match);
  return texts.some((text) => text !== null && hasRun(wordsOf(text), wanted));
}

/** Whether `wanted`, which is not empty, stands in `all` without anything in between. */
function hasRun(all: readonly string[], wanted: readonly string[]): boolean {
  if (wanted.length === 0) return false;
  return all.some((_, start) => wanted.every((part, index) => all[start + index] === part));
}

/** Letters of scripts that put no spaces between words: each of them counts as a word of its own. */
const unspaced =
  /([\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}])/gu;
const betweenWords = /[^\p{L}\p{N}\p{M}]+/u;

function wordsOf(text: string): string[] {
  return fold(text)
    .replace(unspaced, ' $1 ')
    .split(betweenWords)
    .filter((word) => word !== '');
}

/** Accents and joiners, which belong to no script of their own, and characters that nobody sees. */
const ignored = /[\p{sc=Inherited}\p{Cf}]/gu;

/** Latin letters that differ by a stroke, which Unicode does not take for an accent. */
const plainLetters = new Map(
  Object.entries({
    ß: 'ss',
    æ: 'ae',
    œ: 'oe',
    ø: 'o',
    ł: 'l',
    đ: 'd',
    ð: 'd',
    ħ: 'h',
    ı: 'i',
    þ: 'th',
  }),
);

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(ignored, '')
    .toLowerCase()
    .replace(ignored, '')
    .replace(/[ßæœøłđðħıþ]/g, (letter) => plainLetters.get(letter) ?? letter)
    .replace(/\s+/g, ' ')
    .trim();
}
