import { Empty, Page } from "../components";

export default function Models() {
  return (
    <Page title="Models">
      <Empty title="Not here yet">This page is being written.</Empty>
    </Page>
  );
}
