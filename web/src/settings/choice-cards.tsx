import { Group, Radio, SimpleGrid, Stack, Text } from '@mantine/core';
import classes from './settings.module.css';

export interface ChoiceCard<T extends string> {
  value: T;
  label: string;
  explanation: string;
}

/** A choice between few things that each need a sentence. */
export function ChoiceCards<T extends string>(props: {
  label: string;
  value: T;
  options: ChoiceCard<T>[];
  editable: boolean;
  onChange: (value: T) => void;
}) {
  const { label, value, options, editable, onChange } = props;
  return (
    <Radio.Group
      aria-label={label}
      value={value}
      onChange={(next) => {
        const option = options.find((candidate) => candidate.value === next);
        if (option !== undefined && option.value !== value) onChange(option.value);
      }}
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        {options.map((option) => (
          <Radio.Card
            key={option.value}
            value={option.value}
            disabled={!editable}
            className={classes.card}
            aria-label={`${option.label}: ${option.explanation}`}
          >
            <Group wrap="nowrap" align="flex-start" gap="sm">
              <Radio.Indicator disabled={!editable} />
              <Stack gap={2}>
                <Text fw={600} size="sm">
                  {option.label}
                </Text>
                <Text size="sm" c="dimmed">
                  {option.explanation}
                </Text>
              </Stack>
            </Group>
          </Radio.Card>
        ))}
      </SimpleGrid>
    </Radio.Group>
  );
}
