import { Empty, Page } from "../components";

export default function Model() {
  return (
    <Page title="Model">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
