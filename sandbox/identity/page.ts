import type { Person } from './people.js';

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const asText = (text: string) => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);

const style = `
  :root { color-scheme: light dark; --line: #8884; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
  button { font: inherit; width: 100%; text-align: left; padding: .7rem 1rem; margin: .2rem 0;
    border: 1px solid var(--line); border-radius: .6rem; cursor: pointer; }
  button[aria-current] { outline: 2px solid #2e86c1; }
  small { color: #777; }`;

/** "Who are you?": one button for each person; `returnTo` is where the form leads back to. */
export function signInPage(input: {
  people: Person[];
  visitor: Person | null;
  returnTo: URL | null;
}): string {
  const { people, visitor, returnTo } = input;
  const back = returnTo === null ? '' : asText(returnTo.href);
  const hidden = `<input type="hidden" name="return" value="${back}">`;
  const organizations = [...new Set(people.map((person) => person.orgId))];
  const button = (person: Person) => `
    <button name="subject" value="${asText(person.subject)}"${
      person.subject === visitor?.subject ? ' aria-current="true"' : ''
    }>${asText(person.name)} <small>${person.role}</small></button>`;
  const group = (orgId: string) => `
    <h2>${asText(orgId)}</h2>
    ${people
      .filter((person) => person.orgId === orgId)
      .map(button)
      .join('')}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Who are you?</title>
<style>${style}</style>
<h1>Who are you?</h1>
<p>${
    visitor === null
      ? 'Nobody is signed in.'
      : `You are ${asText(visitor.name)}, ${visitor.role} of ${asText(visitor.orgId)}.`
  } ${returnTo === null ? '' : `<a href="${back}">Back to the page</a>`}</p>
<form method="post" action="/session">${hidden}${organizations.map(group).join('')}</form>
<form method="post" action="/session/sign-out">${hidden}<h2>Leave</h2><button>Sign out</button></form>
</html>
`;
}
