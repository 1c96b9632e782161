import { describe, expect, test } from 'vitest';
import { renderMetrics } from '../../../src/web/metrics.ts';

describe('the Prometheus text', () => {
  test('names help, type and every sample', () => {
    const text = renderMetrics([
      {
        name: 'sessions_live',
        help: 'Sessions that have not ended.',
        type: 'gauge',
        samples: [{ value: 3 }],
      },
      {
        name: 'answers_total',
        help: 'Answers.',
        type: 'counter',
        samples: [{ labels: { status: '200', route: '/api/v1/me' }, value: 7 }],
      },
    ]);
    expect(text).toBe(
      [
        '# HELP sallyport_sessions_live Sessions that have not ended.',
        '# TYPE sallyport_sessions_live gauge',
        'sallyport_sessions_live 3',
        '# HELP sallyport_answers_total Answers.',
        '# TYPE sallyport_answers_total counter',
        'sallyport_answers_total{status="200",route="/api/v1/me"} 7',
        '',
      ].join('\n'),
    );
  });

  test('escapes what would end a label or a line', () => {
    const text = renderMetrics([
      { name: 'x', help: 'a\nb', type: 'gauge', samples: [{ labels: { who: 'a"b\\c\nd' }, value: 1 }] },
    ]);
    expect(text).toContain('# HELP sallyport_x a\\nb\n');
    expect(text).toContain('sallyport_x{who="a\\"b\\\\c\\nd"} 1\n');
  });
});
