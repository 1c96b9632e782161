/**
 * Draws Block Kit as a page, about as Slack's app on a phone does, from the JSON that would be sent. For pictures, and
 * for looking at cards without a workspace.
 */
import { z } from 'zod';
import { EMOJI_STYLE, withEmojiPictures } from '../emoji-pictures.ts';
import { readMrkdwn, type Token, unescaped } from './mrkdwn.ts';

const TEXT = z.object({ type: z.enum(['mrkdwn', 'plain_text']), text: z.string() });
type Text = z.infer<typeof TEXT>;
const OPTION = z.object({ text: TEXT });
const ELEMENT = z.looseObject({
  type: z.string(),
  text: z.union([TEXT, z.string()]).optional(),
  style: z.string().optional(),
  url: z.string().optional(),
  placeholder: TEXT.optional(),
  initial_option: OPTION.optional(),
  initial_value: z.string().optional(),
  multiline: z.boolean().optional(),
});
type Element = z.infer<typeof ELEMENT>;
const BLOCK = z.looseObject({
  type: z.string(),
  text: TEXT.optional(),
  fields: z.array(TEXT).optional(),
  elements: z.array(ELEMENT).optional(),
  label: TEXT.optional(),
  optional: z.boolean().optional(),
  element: ELEMENT.optional(),
});
const VIEW = z.object({
  type: z.enum(['modal', 'home']),
  title: TEXT.optional(),
  submit: TEXT.optional(),
  close: TEXT.optional(),
  blocks: z.array(BLOCK),
});

/** @param message.title the channel that it stands in */
export function drawMessage(message: { readonly channel: string; readonly blocks: unknown }): string {
  const blocks = z.array(BLOCK).parse(message.blocks).map(drawBlock).join('');
  return page(
    `<header class="bar">${html(message.channel)}</header>
     <main class="message"><div class="avatar" aria-hidden="true">S</div>
     <div class="body"><p class="author"><b>Sallyport</b> <span class="app">APP</span> <span class="time">2:05 PM</span></p>${blocks}</div></main>`,
  );
}

export function drawView(view: unknown): string {
  const { type, title, submit, close, blocks } = VIEW.parse(view);
  const body = `<main class="view">${blocks.map(drawBlock).join('')}</main>`;
  if (type === 'home')
    return page(`<header class="bar">Sallyport<small>Home · Messages · About</small></header>${body}`);
  const bar = `<header class="bar modal"><span>${drawText(close)}</span><b>${drawText(title)}</b><span class="submit">${drawText(submit)}</span></header>`;
  return page(`${bar}${body}`);
}

function drawBlock(block: z.infer<typeof BLOCK>): string {
  switch (block.type) {
    case 'header':
      return `<h1>${drawText(block.text)}</h1>`;
    case 'section':
      return `<div class="section">${drawText(block.text)}${(block.fields ?? []).map((field) => `<p>${drawText(field)}</p>`).join('')}</div>`;
    case 'context':
      return `<div class="context">${(block.elements ?? []).map((element) => `<p>${drawText(TEXT.parse(element))}</p>`).join('')}</div>`;
    case 'divider':
      return '<hr>';
    case 'actions':
      return `<div class="actions">${(block.elements ?? []).map(drawElement).join('')}</div>`;
    case 'input':
      return `<div class="input"><label>${drawText(block.label)}${block.optional ? ' <small>(optional)</small>' : ''}</label>${block.element ? drawElement(block.element) : ''}</div>`;
    default:
      throw new Error(`Nothing is known of how a ${block.type} looks.`);
  }
}

function drawElement(element: Element): string {
  const label = typeof element.text === 'object' ? drawText(element.text) : '';
  const placeholder = `<span class="placeholder">${drawText(element.placeholder)}</span>`;
  switch (element.type) {
    case 'button':
      return `<button class="${element.style ?? 'plain'}">${label}${element.url ? ' ↗' : ''}</button>`;
    case 'static_select':
    case 'external_select':
    case 'users_select':
      return `<div class="box select">${element.initial_option ? drawText(element.initial_option.text) : placeholder}</div>`;
    case 'plain_text_input':
      return `<div class="box ${element.multiline ? 'lines' : ''}">${element.initial_value ? html(element.initial_value) : placeholder}</div>`;
    default:
      throw new Error(`Nothing is known of how a ${element.type} looks.`);
  }
}

function drawText(text: Text | undefined): string {
  if (text === undefined) return '';
  if (text.type === 'plain_text') return withEmojiPictures(html(unescaped(text.text)));
  return readMrkdwn(text.text).map(drawToken).join('');
}

const TAGS: Readonly<Record<Token['styles'][number], string>> = {
  bold: 'b',
  italic: 'i',
  strike: 's',
  code: 'code',
  fence: 'pre',
  quote: 'q',
  emoji: 'mark',
  date: 'time',
  link: 'u',
  mention: 'mark',
};

function drawToken({ text, styles }: Token): string {
  const own = withEmojiPictures(html(styles.includes('date') ? localTime(text) : text));
  return styles.reduceRight((inner, style) => `<${TAGS[style]}>${inner}</${TAGS[style]}>`, own);
}

/** As Slack does for somebody whose day it is. */
function localTime(fallback: string): string {
  const [, hours = '', minutes = ''] = /(\d{2}):(\d{2})/.exec(fallback) ?? [];
  if (hours === '') return fallback;
  const hour = Number(hours);
  return `today ${hour % 12 || 12}:${minutes} ${hour < 12 ? 'AM' : 'PM'}`;
}

function html(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}

function page(body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Block Kit</title><style>${STYLE}</style><body>${body}</body></html>`;
}

const STYLE = `
*{box-sizing:border-box}
body{margin:0;background:#fff;color:#1d1c1d;font:15px/1.42 "Lato","DejaVu Sans",sans-serif;font-size:13.5px}
.bar{padding:12px 14px;background:#4a154b;color:#fff;font-weight:700}
.bar small{display:block;font-weight:400;opacity:.8}
.bar.modal{display:flex;justify-content:space-between;background:#fff;color:#1d1c1d;border-bottom:1px solid #ddd}
.bar.modal span{color:#1264a3;font-weight:400}.bar.modal .submit{color:#007a5a;font-weight:700}
.message{display:flex;gap:9px;padding:12px 12px 14px}
.avatar{flex:none;width:34px;height:34px;border-radius:7px;background:#22364a;color:#fff;font-weight:700;display:grid;place-items:center}
.body{min-width:0;flex:1}.author{margin:0 0 2px}.app{font-size:9px;background:#e8e8e8;border-radius:3px;padding:1px 3px;color:#616061}.time{color:#616061;font-size:11px}
.view{padding:10px 14px 16px}
h1{font-size:16.5px;line-height:1.3;margin:4px 0 6px}
.section,.context p{white-space:pre-wrap;overflow-wrap:anywhere;margin:6px 0}
.context{color:#616061;font-size:11.5px;margin:6px 0}.context p{margin:2px 0}
hr{border:0;border-top:1px solid #ddd;margin:10px 0}
code{font:12px "DejaVu Sans Mono",monospace;color:#c01343;background:#f6f6f6;border:1px solid #ddd;border-radius:3px;padding:0 3px}
.context code{font-size:10.5px}
pre{font:12px/1.45 "DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere;background:#f8f8f8;border:1px solid #ddd;border-radius:4px;padding:8px;margin:2px 0}
q{quotes:none;display:inline-block;border-left:4px solid #ddd;padding-left:8px}
mark{background:#fdf0c3}
.actions{display:flex;flex-wrap:wrap;gap:8px;margin:10px 0}
button{font:700 13px "DejaVu Sans",sans-serif;border:1px solid #bbb;background:#fff;border-radius:5px;padding:7px 12px;color:#1d1c1d}
button.primary{background:#007a5a;border-color:#007a5a;color:#fff}button.danger{background:#e01e5a;border-color:#e01e5a;color:#fff}
.input{margin:12px 0}.input label{font-weight:700;display:block;margin-bottom:4px}.input small{font-weight:400;color:#616061}
.box{border:1px solid #999;border-radius:5px;padding:8px 10px;white-space:pre-wrap}.box.lines{min-height:64px}.box.select::after{content:"▾";float:right;color:#616061}.placeholder{color:#868686}
${EMOJI_STYLE}
`;
