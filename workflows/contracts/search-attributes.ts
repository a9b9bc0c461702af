import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/**
 * The one list of search attributes. The development server, the tests and the prepare command
 * register exactly these; an attribute that is not registered blocks a workflow task for ever.
 * Values are stored in clear: ids and states, never people.
 */
export const searchAttributes = {
  orgId: defineSearchAttributeKey('OrgId', SearchAttributeType.KEYWORD),
  interviewId: defineSearchAttributeKey('InterviewId', SearchAttributeType.KEYWORD),
  jobId: defineSearchAttributeKey('JobId', SearchAttributeType.KEYWORD),
  installationState: defineSearchAttributeKey('InstallationState', SearchAttributeType.KEYWORD),
  joinState: defineSearchAttributeKey('JoinState', SearchAttributeType.KEYWORD),
  startsAt: defineSearchAttributeKey('StartsAt', SearchAttributeType.DATETIME),
} as const;

/** The same list as name and type, as servers take it. */
export const searchAttributeList = Object.values(searchAttributes).map(({ name, type }) => ({
  name,
  type,
}));
