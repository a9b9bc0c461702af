import { htmlPage, type MailTemplate, textFooter, whenHtml, whenText } from './layout.js';

const whatHappensText = `What happens:
{{notetakerName}} is a notetaker. It joins the meeting as a participant under this name, so everybody in the meeting sees it. The interview is {{captured}} for {{organization}}.`;

const whatHappensHtml = `<h2 style="font-size:18px;margin:24px 0 8px">What happens</h2>
<p style="margin:0">{{notetakerName}} is a notetaker. It joins the meeting as a participant under this name, so everybody in the meeting sees it. The interview is {{captured}} for {{organization}}.</p>`;

const declineText = `If you do not want this:
{{#if answerUrl}}
Say so here; you need no account and no reason: {{answerUrl}}
{{/if}}
{{#if contact}}
You can {{#if answerUrl}}also {{/if}}tell {{contact}}.
{{else}}
{{#unless answerUrl}}
Tell the person who invited you.
{{/unless}}
{{/if}}
The notetaker then stays out of the meeting. This does not cancel your interview.`;

const declineHtml = `<h2 style="font-size:18px;margin:24px 0 8px">If you do not want this</h2>
{{#if answerUrl}}
<p style="margin:0 0 8px"><a href="{{answerUrl}}" style="color:#0b5394">Say that you do not want to be {{captured}}</a>. You need no account and no reason.</p>
{{/if}}
{{#if contact}}
<p style="margin:0 0 8px">You can {{#if answerUrl}}also {{/if}}tell {{contact}}.</p>
{{else}}
{{#unless answerUrl}}
<p style="margin:0 0 8px">Tell the person who invited you.</p>
{{/unless}}
{{/if}}
<p style="margin:0">The notetaker then stays out of the meeting. This does not cancel your interview.</p>`;

export const candidateNotice: MailTemplate = {
  subject: 'Your interview will be {{captured}}{{#if jobTitle}}: {{jobTitle}}{{/if}}',
  text: `Hello{{#if name}} {{name}}{{/if}},

your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} with {{organization}} will be {{captured}}.

${whenText}

${whatHappensText}

${declineText}

${textFooter}`,
  html: htmlPage({
    heading: 'Your interview will be {{captured}}',
    body: `<p style="margin:0">Hello{{#if name}} {{name}}{{/if}},</p>
<p style="margin:8px 0 0">your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} with {{organization}} will be {{captured}}.</p>
${whenHtml}
${whatHappensHtml}
${declineHtml}`,
  }),
};

export const candidateChange: MailTemplate = {
  subject: 'Your interview has changed{{#if jobTitle}}: {{jobTitle}}{{/if}}',
  text: `Hello{{#if name}} {{name}}{{/if}},

the time or place of your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} with {{organization}} has changed. It will still be {{captured}}.

${whenText}

${whatHappensText}

${declineText}

${textFooter}`,
  html: htmlPage({
    heading: 'Your interview has changed',
    body: `<p style="margin:0">Hello{{#if name}} {{name}}{{/if}},</p>
<p style="margin:8px 0 0">the time or place of your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} with {{organization}} has changed. It will still be {{captured}}.</p>
${whenHtml}
${whatHappensHtml}
${declineHtml}`,
  }),
};
