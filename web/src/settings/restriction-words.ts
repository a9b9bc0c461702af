import type { Restriction } from '../../../workflows/contracts/settings.js';

export type RestrictionField = Restriction['field'];

interface FieldWords {
  label: string;
  /** What is typed. */
  what: string;
  hint: string;
  /** How a row of the list begins. */
  row: string;
}

export const restrictionWords: Record<RestrictionField, FieldWords> = {
  title: {
    label: 'Words in the title',
    what: 'Words',
    hint: 'Whole words in a row, in the title of the interview or of its job.',
    row: 'Title says',
  },
  interviewType: {
    label: 'Interview type',
    what: 'Name of the type',
    hint: 'The whole name, as it stands in SmartRecruiters.',
    row: 'Interview type is',
  },
  department: {
    label: 'Department',
    what: 'Name of the department',
    hint: 'The whole name, as it stands in SmartRecruiters.',
    row: 'Department is',
  },
  location: {
    label: 'Location of the job',
    what: 'Place',
    hint: 'A city, a region or a country.',
    row: 'Job is in',
  },
  job: {
    label: 'Job',
    what: 'Title of the job',
    hint: 'The whole title, or the id in SmartRecruiters.',
    row: 'Job is',
  },
  interviewer: {
    label: 'Interviewer',
    what: 'Id of the user in SmartRecruiters',
    hint: 'Not a name or an address: Pillar keeps neither. Interviewers can also say no by themselves, with a link in their e-mails.',
    row: 'Interviewer is',
  },
  confidential: {
    label: 'Marked as private by a word',
    what: 'Words',
    hint: 'Such words in a title, a type or a department make an interview private. What SmartRecruiters marks as private is always left out.',
    row: 'Private, because it says',
  },
};

export const restrictionFields = Object.keys(restrictionWords) as RestrictionField[];
