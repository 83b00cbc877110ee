// `plimsoll recommendations IMAGE`: which base would be better, with the real difference and the FROM line.
import { argument, type CliCommand, isSet, textOption } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { exitCodes } from '../exit.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { findRecommendations, type Recommendations } from '../recommend.ts';
import { formatRecommendationsMarkdown, formatRecommendationsText } from '../report/recommendation.ts';
import { inspectSubject } from '../subject.ts';
import { defineSubject, readSubjectOptions } from '../subject-option.ts';

const formats = ['text', 'markdown', 'json'] as const;

export const recommendationsCommand: CliCommand = {
  define(command) {
    defineOutput(defineSubject(command.argument('<image>', 'the image, anywhere')), formats)
      .option('--only-refresh', 'only the same tag as it is now')
      .option('--only-update', 'only other tags')
      .option('--tag <tag>', 'the tag of the base, where the image does not say it')
      .addHelpText('after', '\nExample: plimsoll recommendations local://app:1.0');
  },
  async run(world, input) {
    const output = readOutput(input, formats);
    const [isRefresh, isUpdate] = [isSet(input, 'onlyRefresh'), isSet(input, 'onlyUpdate')];
    if (isRefresh && isUpdate)
      throw cliErrors.option_invalid('--only-refresh and --only-update leave nothing: give one');
    const options = await readSubjectOptions(world, input);
    const tag = textOption(input, 'tag');
    const report = await inspectSubject(world, argument(input, 0), options);
    const found = await findRecommendations(world, report, {
      ...(options.isQuiet === undefined ? {} : { isQuiet: options.isQuiet }),
      ...(isRefresh ? { only: 'refresh' as const } : isUpdate ? { only: 'update' as const } : {}),
      ...(tag === undefined ? {} : { tag }),
    });
    await writeOutput(world, output, (format, sink) => {
      if (format === 'json') return `${JSON.stringify(shape(found), undefined, 2)}\n`;
      return format === 'text'
        ? formatRecommendationsText(found, sink)
        : formatRecommendationsMarkdown(found);
    });
    return exitCodes.yes;
  },
};

/** Without the base's whole report: it is one `inspect` away. */
function shape({ baseReport: _, ...rest }: Recommendations): object {
  return rest;
}
