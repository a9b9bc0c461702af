import Handlebars from 'handlebars';

/** One interview as the page shows it. */
export interface PageInterview {
  id: string;
  candidate: string;
  location: string;
  source: string;
  cancelled: boolean;
  timeslots: { when: string; title: string; interviewers: string; past: boolean }[];
}

export interface PageJob {
  id: string;
  title: string;
  place: string;
  status: string;
  open: boolean;
  candidateCount: number;
  interviews: PageInterview[];
  applications: { id: string; label: string }[];
}

export interface PageCompany {
  id: string;
  name: string;
  credentials: { clientId: string; clientSecret: string; scopeCount: number; active: boolean }[];
  webhooks: { id: string; url: string; status: string; eventCount: number; active: boolean }[];
  /** What the script is doing; null when there never was one. */
  script: string | null;
  jobs: PageJob[];
}

export interface PageView {
  companies: PageCompany[];
  rateLimitedCount: number;
  requestCount: number;
  problem: string | null;
}

const source = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SmartRecruiters simulator</title>
<style>
  :root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #2f6fed; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.5rem; } h2 { margin-top: 2.5rem; }
  .muted { opacity: .7; font-size: .9em; } code { font-size: .9em; }
  details, article { border: 1px solid var(--line); border-radius: 10px; padding: .7rem 1rem; margin: .6rem 0; }
  summary { cursor: pointer; font-weight: 600; } summary .muted { font-weight: 400; }
  article { background: var(--soft); } article.cancelled { opacity: .55; text-decoration: line-through; }
  article ul { margin: .3rem 0; padding-left: 1.2rem; }
  form { display: inline-flex; gap: .4rem; align-items: center; margin: .2rem .6rem .2rem 0; flex-wrap: wrap; }
  input, select, button { font: inherit; padding: .25rem .55rem; border: 1px solid var(--line); border-radius: 7px; }
  input[type=number] { width: 5rem; } input[type=url] { width: 19rem; }
  button { background: var(--accent); color: #fff; border-color: transparent; cursor: pointer; }
  button.quiet { background: transparent; color: inherit; border-color: var(--line); }
  button.danger { background: #c0392b; } .problem { border-left: 4px solid #c0392b; padding-left: .8rem; }
</style>
</head>
<body>
<h1>SmartRecruiters simulator</h1>
<p class="muted">What you do here happens "in SmartRecruiters", as if a recruiter had done it.
{{requestCount}} API requests so far, {{rateLimitedCount}} over the limit.</p>
{{#if problem}}<p class="problem" role="alert">{{problem}}</p>{{/if}}
{{#each companies}}
<section>
<h2>{{name}}</h2>
{{#each credentials}}
<p class="muted">Credential <code>{{clientId}}</code>, secret <code>{{clientSecret}}</code>,
{{scopeCount}} scopes, {{#if active}}active{{else}}revoked{{/if}}</p>
{{/each}}
{{#each webhooks}}
<p class="muted">Webhook to <code>{{url}}</code>, {{eventCount}} events, {{status}}
{{#if active}}<form method="post" action="/_control/page/suspend">
  <input type="hidden" name="subscriptionId" value="{{id}}">
  <button class="quiet">Suspend</button>
</form>{{/if}}</p>
{{/each}}
{{#if script}}<p class="muted">{{script}}</p>{{/if}}
{{#each jobs}}
<details{{#if interviews}} open{{/if}}>
<summary>{{title}} <span class="muted">{{place}} · {{status}} · {{candidateCount}} candidates</span></summary>
<form method="post" action="/_control/page/{{#if open}}close-job{{else}}reopen-job{{/if}}">
  <input type="hidden" name="jobId" value="{{id}}">
  <button class="quiet">{{#if open}}Close this job{{else}}Reopen this job{{/if}}</button>
</form>
{{#each interviews}}
<article{{#if cancelled}} class="cancelled"{{/if}}>
<strong>{{candidate}}</strong> <span class="muted">{{source}} · <code>{{id}}</code></span>
<ul>{{#each timeslots}}<li>{{when}}{{#if title}} · {{title}}{{/if}}{{#if interviewers}} · with {{interviewers}}{{/if}}{{#if past}} · over{{/if}}</li>{{/each}}</ul>
<div class="muted">{{location}}</div>
{{#unless cancelled}}
<form method="post" action="/_control/page/move">
  <input type="hidden" name="interviewId" value="{{id}}">
  <label>Move by <input type="number" name="byMinutes" value="15" required> min</label>
  <button>Move</button>
</form>
<form method="post" action="/_control/page/change-link">
  <input type="hidden" name="interviewId" value="{{id}}">
  <label>Link <input type="url" name="location" value="{{location}}"></label>
  <button class="quiet">Change</button>
</form>
<form method="post" action="/_control/page/cancel">
  <input type="hidden" name="interviewId" value="{{id}}">
  <button class="danger">Cancel</button>
</form>
{{/unless}}
</article>
{{/each}}
{{#if applications}}
<form method="post" action="/_control/page/schedule">
  <label>Schedule <select name="applicationId">{{#each applications}}<option value="{{id}}">{{label}}</option>{{/each}}</select></label>
  <label>in <input type="number" name="inMinutes" value="10" required> min</label>
  <label>for <input type="number" name="minutes" value="30" min="1" required> min</label>
  <label>at <input type="url" name="location" value="https://example.zoom.us/j/81234567890"></label>
  <button>Schedule</button>
</form>
{{/if}}
</details>
{{/each}}
</section>
{{else}}
<p>No company yet. Seed one with <code>POST /_control/seedCompany</code>.</p>
{{/each}}
</body>
</html>
`;

/** Renders the page; every value is escaped by the template. */
export const renderPage: (view: PageView) => string = Handlebars.compile<PageView>(source, {
  strict: true,
});
