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

/** The same list, with the types as Temporal's command line and its web pages call them. */
export const searchAttributeList = [
  { name: searchAttributes.orgId.name, type: 'Keyword' },
  { name: searchAttributes.interviewId.name, type: 'Keyword' },
  { name: searchAttributes.jobId.name, type: 'Keyword' },
  { name: searchAttributes.installationState.name, type: 'Keyword' },
  { name: searchAttributes.joinState.name, type: 'Keyword' },
  { name: searchAttributes.startsAt.name, type: 'Datetime' },
] as const;
