import { htmlPage, type MailTemplate, textFooter, whenHtml, whenText } from './layout.js';

const admitText = `What to do:
When "{{notetakerName}}" asks to join, admit it from the waiting room or lobby. Until then it waits outside and nothing is {{captured}}. If it should not be there, leave it outside or remove it like any participant.`;

const admitHtml = `<h2 style="font-size:18px;margin:24px 0 8px">What to do</h2>
<p style="margin:0">When <strong>{{notetakerName}}</strong> asks to join, admit it from the waiting room or lobby. Until then it waits outside and nothing is {{captured}}. If it should not be there, leave it outside or remove it like any participant.</p>`;

export const interviewerNotice: MailTemplate = {
  subject: 'Please admit {{notetakerName}}{{#if jobTitle}}: interview for {{jobTitle}}{{/if}}',
  text: `Hello{{#if name}} {{name}}{{/if}},

{{notetakerName}} will join your interview{{#if jobTitle}} for {{jobTitle}}{{/if}}, so that it is {{captured}} for {{organization}}.

${whenText}

${admitText}

${textFooter}`,
  html: htmlPage({
    heading: 'Please admit {{notetakerName}}',
    body: `<p style="margin:0">Hello{{#if name}} {{name}}{{/if}},</p>
<p style="margin:8px 0 0">{{notetakerName}} will join your interview{{#if jobTitle}} for {{jobTitle}}{{/if}}, so that it is {{captured}} for {{organization}}.</p>
${whenHtml}
${admitHtml}`,
  }),
};

export const interviewerChange: MailTemplate = {
  subject: 'Changed interview with {{notetakerName}}{{#if jobTitle}}: {{jobTitle}}{{/if}}',
  text: `Hello{{#if name}} {{name}}{{/if}},

the time or place of your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} has changed. {{notetakerName}} will join at the new time.

${whenText}

${admitText}

${textFooter}`,
  html: htmlPage({
    heading: 'Your interview with {{notetakerName}} has changed',
    body: `<p style="margin:0">Hello{{#if name}} {{name}}{{/if}},</p>
<p style="margin:8px 0 0">the time or place of your interview{{#if jobTitle}} for {{jobTitle}}{{/if}} has changed. {{notetakerName}} will join at the new time.</p>
${whenHtml}
${admitHtml}`,
  }),
};
