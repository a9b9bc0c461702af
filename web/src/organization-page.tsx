import { Container, Stack } from '@mantine/core';
import { useInstallation } from './api/queries.js';
import type { Installation } from './api/types.js';
import { ConnectPage } from './connect/connect-page.js';
import { ConnectedPage } from './connected-page.js';
import { PageHeader } from './shell/page-header.js';
import { QueryStates } from './shell/query-states.js';
import { UninstallingPage } from './uninstall/uninstalling-page.js';

export function OrganizationPage() {
  const installation = useInstallation();
  return (
    <main>
      <PageHeader state={installation.data?.state ?? null} />
      <Container size="lg" pb="xl">
        <QueryStates query={installation} rows={6}>
          {(data) => (
            <Stack gap="md">
              <Content installation={data} />
            </Stack>
          )}
        </QueryStates>
      </Container>
    </main>
  );
}

function Content({ installation }: { installation: Installation }) {
  if (installation.state === 'uninstalling') {
    return <UninstallingPage installation={installation} />;
  }
  const firstValidation = installation.state === 'validating' && installation.scopes.length === 0;
  if (installation.state === 'not_installed' || firstValidation) {
    return <ConnectPage orgId={installation.orgId} validating={firstValidation} />;
  }
  return <ConnectedPage installation={installation} />;
}
