import type { InterviewDoc } from '../../common/read-model/documents.js';
import { choiceUrl, optOutUrl } from '../../common/signed-links.js';
import type { ActivityDeps } from '../deps.js';

/** The links with which an interviewer keeps the notetaker out of one interview, or of all. */
export function interviewerLinks(
  deps: Pick<ActivityDeps, 'keyedHash' | 'publicUrl'>,
  input: {
    doc: Pick<InterviewDoc, 'orgId' | 'generation' | 'interviewId' | 'endsAt'>;
    userId: string;
  },
): { notThisOneUrl: string; optOutUrl: string } {
  const { orgId, generation, interviewId, endsAt } = input.doc;
  return {
    notThisOneUrl: choiceUrl({
      ...deps,
      link: {
        ...{ orgId, generation, interviewId },
        action: 'not_this_one',
        by: 'interviewer',
        until: endsAt,
      },
    }),
    optOutUrl: optOutUrl({ ...deps, orgId, userId: input.userId, now: Date.now() }),
  };
}
