import { Empty, Page } from "../components";

export default function Flows() {
  return (
    <Page title="Flows">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
