import { hold, type Step } from '../step.ts';

export const HOST_SHELL: Step = {
  name: 'host shell',
  run: async ({ notebook }) => {
    const shown = await notebook
      .recall('hostClient')
      .shell(['tail -n 1 logs/checkout.log', 'cd app', 'cat release', 'python3 -c "print(6*7)"']);
    hold(/order \d+ paid/.test(shown), `the log was not shown: ${shown}`);
    hold(shown.includes('2026.1.3'), `the broker did not change the directory: ${shown}`);
    hold(!/^42$/m.test(shown), 'a program that the role does not list was run');
    return 'at a prompt that is the broker’s: two commands, another directory, and a program that no role of hers runs';
  },
};
