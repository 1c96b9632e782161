import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { describeError } from '../../../src/web/problems.ts';

describe('errors as problems', () => {
  test.each([
    ['invalid_input', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['gone', 410],
    ['too_large', 413],
    ['rate_limited', 429],
    ['not_available_yet', 501],
    ['upstream_failed', 502],
    ['unavailable', 503],
    ['recording_failed', 503],
  ] as const)('%s answers %i with its code and what the person is told', (code, status) => {
    expect(describeError(new AppError(code, 'Because.'), 'req-1')).toMatchObject({
      type: `urn:sallyport:problem:${code}`,
      status,
      code,
      detail: 'Because.',
    });
  });

  test.each([
    new AppError('internal', 'password=hunter2'),
    Object.assign(new Error('relation "grant_secret" does not exist'), { code: '42P01', name: 'Error' }),
  ])('%s tells nothing but where the log has it', (error) => {
    const problem = describeError(error, 'req-7');
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(problem.detail).toContain('req-7');
    expect(JSON.stringify(problem)).not.toMatch(/hunter2|grant_secret|42P01/);
  });
});
