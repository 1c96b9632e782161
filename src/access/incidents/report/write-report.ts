/** A report as a document, in each of the formats that there are. */
import type { ReportFormat } from '../../../core/incident.ts';
import type { IncidentReport } from './report.ts';
import { reportDocument } from './report-document.ts';
import { reportHtml } from './report-html.ts';
import { reportMarkdown } from './report-markdown.ts';

export interface WrittenReport {
  /** `report-inc-42.html`. */
  readonly name: string;
  readonly mediaType: string;
  readonly text: string;
}

/** Of the JSON document: what reads it can tell what it reads. */
const JSON_VERSION = 1;

export function writeReport(report: IncidentReport, format: ReportFormat): WrittenReport {
  const name = `report-${report.name.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}`;
  switch (format) {
    case 'markdown':
      return {
        name: `${name}.md`,
        mediaType: 'text/markdown; charset=utf-8',
        text: reportMarkdown(reportDocument(report)),
      };
    case 'html':
      return {
        name: `${name}.html`,
        mediaType: 'text/html; charset=utf-8',
        text: reportHtml(reportDocument(report)),
      };
    case 'json':
      return {
        name: `${name}.json`,
        mediaType: 'application/json; charset=utf-8',
        text: `${JSON.stringify({ version: JSON_VERSION, ...report }, null, 2)}\n`,
      };
  }
}
