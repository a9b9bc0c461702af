import type { VaultContext } from './vault.js';

/**
 * Where each sealed value lives. A sealed value opens only under the context that it was sealed for,
 * so whoever seals and whoever opens take it from here.
 */
export function credentialContext(credentialRef: string): VaultContext {
  return { collection: 'credentials', document: credentialRef, field: 'sealed' };
}

/** The canonical meeting link of an interview's session. */
export function linkContext(interviewId: string): VaultContext {
  return { collection: 'interviews', document: interviewId, field: 'link' };
}

/** The reason and the link that a person gave with a choice. */
export function choiceContext(input: { orgId: string; interviewId: string }): VaultContext {
  return { collection: 'choices', document: input.orgId, field: input.interviewId };
}

/** A recording's link or a transcript, for the minutes in which somebody reads it. */
export function artifactContext(documentId: string): VaultContext {
  return { collection: 'artifacts', document: documentId, field: 'sealed' };
}

export function serviceSecretContext(name: string): VaultContext {
  return { collection: 'service_secrets', document: name, field: 'sealed' };
}

/** A secret key with which the vendor signs the webhooks of one life. */
export function hookSecretContext(input: { orgId: string; generation: string }): VaultContext {
  return { collection: 'subscriptions', document: input.orgId, field: input.generation };
}
