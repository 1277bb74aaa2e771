import { Empty, Page } from "../components";

export default function Flow() {
  return (
    <Page title="Flow">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
