/** What is said in every simulated meeting; times in milliseconds from the recording's beginning. */
export const spokenWords: { speaker: string; startMs: number; endMs: number; text: string }[] = [
  { speaker: 'Ines Interviewer', startMs: 1200, endMs: 3600, text: 'Welcome, shall we begin?' },
  { speaker: 'Casey Candidate', startMs: 4000, endMs: 5900, text: 'Yes, gladly.' },
  {
    speaker: 'Ines Interviewer',
    startMs: 6500,
    endMs: 9800,
    text: 'Tell me “what” you built — and why.',
  },
];
